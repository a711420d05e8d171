//! The configuration file and the embedded data: text to checked values, keeping positions. The only user of YAML.

mod cells;
pub mod embedded;
