//! The words a configuration may use, handed in by the caller: this module knows no provider.

use crate::domain::catalogue::Catalogue;
use crate::domain::contract::Contract;
use crate::domain::origin::Origin;

/// A pasted path to the root of an installation: what is kept, and a remark on what was taken off.
pub type TidyRoot<'a> = dyn Fn(&str) -> (String, Option<String>) + 'a;

/// Every word that a configuration can be checked against.
///
/// The credential helper has no use for contracts and capabilities and should not pay for reading them: where a part is
/// `None`, its words are taken as they come, and contracts stay unresolved.
pub struct Vocabulary<'a> {
    pub forges: Vec<ForgeWords<'a>>,
    pub contracts: Option<&'a [Contract]>,
    /// Origins that may be asked without TLS whatever the file says (`--allow-http`).
    pub plain_http: &'a [Origin],
    /// Ids of the rules.
    pub rules: Option<Vec<&'a str>>,
}

/// What there is to know about one forge.
pub struct ForgeWords<'a> {
    pub id: &'a str,
    /// Where a connection without `url` is: the address of the job's own installation, else the public instance.
    pub url: String,
    /// The variable in which jobs of this forge find their own token.
    pub own_token: &'a str,
    pub tidy_root: &'a TidyRoot<'a>,
    /// Its capabilities, scopes, kinds and roles.
    pub catalogue: Option<&'a Catalogue>,
}

impl Vocabulary<'_> {
    pub(super) fn forge(&self, id: &str) -> Option<&ForgeWords<'_>> {
        self.forges.iter().find(|forge| forge.id == id)
    }

    /// A built-in contract, by its id or one of its other names.
    pub(super) fn contract(&self, name: &str) -> Option<&Contract> {
        let all = self.contracts.unwrap_or_default();
        let by_id = all.iter().find(|contract| contract.id == name);
        by_id.or_else(|| all.iter().find(|contract| contract.aliases.iter().any(|alias| alias == name)))
    }
}
