//! One file per output format, and the list of them.
