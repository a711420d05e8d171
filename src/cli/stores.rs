//! Where this process finds keyrings and stores.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::app::ports::Environment as _;
use crate::wiring::{AroundStores, Terminal, Variables, files};

/// As the process was started. Nobody is asked for anything in CI, or where Git was told so.
pub(super) fn around(variables: &Variables, now: Timestamp, in_ci: bool) -> AroundStores {
    let asked = variables.get("GIT_TERMINAL_PROMPT").is_none_or(|value| !matches!(value.as_str(), "0" | "false"));
    let path = |name: &str| variables.get_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let bus = variables.get_os("DBUS_SESSION_BUS_ADDRESS").is_some_and(|address| !address.is_empty());
    AroundStores {
        file: None,
        identity: None,
        data_folder: files::data_folder(path),
        config_folder: files::user_folder(path),
        session: bus || !cfg!(target_os = "linux"),
        terminal: if asked && !in_ci { Terminal::Asked } else { Terminal::Silent },
        now,
    }
}

/// Does it say of itself that it is a job?
pub(super) fn in_ci(variables: &Variables) -> bool {
    let said = |name: &str| variables.get(name).unwrap_or_default();
    !matches!(said("CI").as_str(), "" | "0" | "false") || said("TF_BUILD").eq_ignore_ascii_case("true")
}
