//! Every format over the fixed reports.

mod human;
