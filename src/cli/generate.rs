//! What is made from the program itself: the schema, completions, the manual page.

use clap::CommandFactory;

use super::args::Arguments;
use super::process::Process;
use crate::wiring::configuration_schema;

pub(super) fn schema(process: &mut Process<'_>) -> u8 {
    let _ = writeln!(process.stdout, "{:#}", configuration_schema());
    0
}

pub(super) fn completions(shell: clap_complete::Shell, process: &mut Process<'_>) -> u8 {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "hallpass", &mut script);
    let _ = process.stdout.write_all(&script);
    0
}

pub(super) fn man(process: &mut Process<'_>) -> Result<u8, String> {
    let mut page = Vec::new();
    let command = Arguments::command();
    let failed = |_| "the manual page could not be made".to_owned();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(failed)?;
    for sub in command.get_subcommands() {
        let title = format!("hallpass {}", sub.get_name());
        let sub = sub.clone().name(title.clone().leak() as &str).display_name(title);
        clap_mangen::Man::new(sub).render(&mut page).map_err(failed)?;
    }
    let _ = process.stdout.write_all(&page);
    Ok(0)
}
