pub mod sample_report;
