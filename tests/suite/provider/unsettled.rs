//! What nobody could verify is never told as a fact.

use hallpass::domain::capability::Capability;
use hallpass::domain::catalogue::PermissionWays;

use super::given::with_provider;

/// Fine-grained permissions whose names were inferred.
const PROBABLE: &[&str] = &[
    "project.update",
    "project.delete",
    "mr.approval_rules.manage",
    "issue.update",
    "package.publish",
    "package.delete",
    "hook.list",
    "hook.manage",
    "deploy_key.manage",
];

#[test]
fn inferred_names_of_permissions_are_marked() {
    with_provider("gitlab", |provider| {
        for id in PROBABLE {
            let row = provider.catalogue().row(&Capability::new(id)).expect("listed");
            let probable = matches!(&row.permission.general, PermissionWays::Named { sure: false, .. });
            assert!(probable, "{id}: {:?}", row.permission);
        }
    });
}

#[test]
fn merge_request_reads_were_opened_in_one_of_two_versions() {
    with_provider("gitlab", |provider| {
        for id in ["mr.list", "mr.read", "mr.notes.read"] {
            let row = provider.catalogue().row(&Capability::new(id)).expect("listed");
            let route = provider.catalogue().route(&row.method, &row.path).expect("open to job tokens");
            assert_eq!(route.since.to_string(), "18.3 to 18.4", "{id}");
        }
    });
}
