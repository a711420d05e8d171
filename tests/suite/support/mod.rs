mod sample_parts;
pub(crate) mod sample_report;
