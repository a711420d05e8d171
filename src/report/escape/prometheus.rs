//! For the text format of Prometheus.

use super::{FIELD, push_visible, shorten};

/// The value of a label, between its quotes.
pub fn label(untrusted: &str) -> String {
    let mut visible = String::new();
    shorten(untrusted, FIELD).chars().for_each(|character| push_visible(&mut visible, character));
    visible.replace('\\', "\\\\").replace('"', "\\\"")
}
