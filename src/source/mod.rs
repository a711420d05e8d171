//! One file per place a token can come from, and the list of them.
