//! GitLab's kinds of tokens, and how an account's name gives a machine away.

use crate::domain::token::Kind;

pub(super) const PERSONAL: Kind = Kind::named("personal");
pub(super) const PROJECT: Kind = Kind::named("project");
pub(super) const GROUP: Kind = Kind::named("group");
pub(super) const SERVICE_ACCOUNT: Kind = Kind::named("service-account");
pub(super) const FINE_GRAINED: Kind = Kind::named("fine-grained");
pub(super) const OAUTH: Kind = Kind::named("oauth");
pub(super) const DEPLOY: Kind = Kind::named("deploy");
pub(super) const JOB: Kind = Kind::named("job");
pub(super) const TRIGGER: Kind = Kind::named("trigger");

/// Project and group tokens act as bots whose names GitLab makes; service accounts likewise unless renamed.
/// An impersonation token acts under its user's name and cannot be told from a personal one.
pub(super) fn by_user_name(user: &str) -> Kind {
    let numbered_bot = |prefix: &str| {
        let rest = user.strip_prefix(prefix)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (digits > 0 && rest[digits..].starts_with("_bot")).then_some(())
    };
    if numbered_bot("project_").is_some() {
        PROJECT
    } else if numbered_bot("group_").is_some() {
        GROUP
    } else if user.starts_with("service_account_") {
        SERVICE_ACCOUNT
    } else {
        PERSONAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bots_are_told_by_the_names_gitlab_gives_them() {
        assert_eq!(by_user_name("project_7_bot"), PROJECT);
        assert_eq!(by_user_name("project_7_bot_0a1b2c"), PROJECT);
        assert_eq!(by_user_name("group_12_bot_0a1b"), GROUP);
        assert_eq!(by_user_name("service_account_group_9_0a"), SERVICE_ACCOUNT);
        assert_eq!(by_user_name("project_x_bot"), PERSONAL);
        assert_eq!(by_user_name("dev-1"), PERSONAL);
    }
}
