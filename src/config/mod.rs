//! The configuration file and the embedded data: text to checked values, keeping positions. The only user of YAML.
//!
//! A file goes [`find`] -> [`read`] -> `document` (nodes with places) -> `take` (the shape in `raw`) -> [`load`] (every
//! word checked), and comes out as a [`Configuration`] or as all of its [`ConfigErrors`]. [`trust`] then says whether a
//! connection of a repository's file may be used at all.

mod address;
pub mod adhoc;
mod cells;
mod decode;
mod document;
pub mod embedded;
mod error;
pub mod find;
mod origin_of_token;
pub mod outline;
mod raw;
pub mod read;
mod secret;
mod sections;
mod take;
pub mod trust;
mod validate;
mod vocabulary;

pub use error::{ConfigError, ConfigErrors};
pub use raw::schema;
pub use secret::looks_like_a_secret;
pub use sections::Own;
pub use validate::{Configuration, Input, load};
pub use vocabulary::{ForgeWords, TidyRoot, Vocabulary};
