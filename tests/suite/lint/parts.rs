//! What is built in about actions and commands: known names, and in keeping with the contracts.

use hallpass::domain::catalogue::Catalogue;
use hallpass::domain::parts::Need;
use hallpass::wiring::{Library, pipelines};

fn github(library: &Library) -> &Catalogue {
    library.forge("github").unwrap().catalogue()
}

#[test]
fn every_permission_is_one_that_a_job_can_be_given() {
    let library = Library::read().unwrap();
    let ground = pipelines::ground(&library, None).unwrap();
    let keys = &github(&library).about.job_permissions;
    let of_actions = ground.parts.actions.iter().flat_map(|action| action.needs.iter().chain(&action.may));
    let needs = of_actions.chain(ground.parts.commands.iter().flat_map(|command| &command.needs));
    for (key, _) in needs.flat_map(|need| &need.0) {
        assert!(keys.contains_key(key), "`{key}`");
    }
}

#[test]
fn every_command_does_something_that_the_catalogue_has() {
    let library = Library::read().unwrap();
    let ground = pipelines::ground(&library, None).unwrap();
    for command in &ground.parts.commands {
        let forge = if command.words.starts_with("az ") { "azure-devops" } else { "github" };
        for capability in &command.does {
            assert!(ground.catalogue(forge).row(capability).is_some(), "{}: {capability}", command.words);
        }
    }
    let mut words: Vec<&str> = ground.parts.commands.iter().map(|command| command.words.as_str()).collect();
    let all = words.len();
    words.sort_unstable();
    words.dedup();
    assert_eq!(words.len(), all, "a command stands there twice");
}

#[test]
fn an_action_asks_for_nothing_that_its_contract_does_not_know() {
    let library = Library::read().unwrap();
    let ground = pipelines::ground(&library, None).unwrap();
    for action in &ground.parts.actions {
        let Some(id) = &action.contract else { continue };
        let contract = library.contracts.iter().find(|contract| contract.id == *id);
        let section = &contract.unwrap_or_else(|| panic!("no contract `{id}`")).forges["github"];
        let stated = |need: &Need| {
            let named = |(key, grade): &(String, _)| {
                let name = format!("{key}={}", hallpass::domain::job_permissions::Grade::as_str(*grade));
                // Only a job has an identity token; the contract says so in words.
                key == "id-token" || section.permissions.contains(&name)
            };
            need.0.iter().any(named)
        };
        assert!(action.needs.iter().all(stated), "{:?} needs more than `{id}` says", action.names);
    }
}
