//! Files that mean harm: each ends in findings or in one error with its place, never in a panic, and soon.

use std::path::Path;
use std::sync::LazyLock;

use hallpass::wiring::{Library, pipelines};
use proptest::prelude::*;

thread_local! {
    static LIBRARY: Library = Library::read().unwrap();
}

/// How many findings, and what cannot be read.
fn lint(files: &[(&str, &str)]) -> (usize, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    judged(folder.path())
}

fn judged(folder: &Path) -> (usize, Vec<String>) {
    LIBRARY.with(|library| {
        let ground = pipelines::ground(library, None).unwrap();
        let outcome = pipelines::run(&pipelines::of_repository(folder), folder, &ground);
        (outcome.findings.len(), outcome.faults.into_iter().map(|(_, why)| why).collect())
    })
}

fn pipeline(text: &str) -> (usize, Vec<String>) {
    lint(&[(".gitlab-ci.yml", text)])
}

fn workflow(text: &str) -> (usize, Vec<String>) {
    lint(&[(".github/workflows/x.yml", text)])
}

fn steps(list: &str) -> String {
    format!("on: push\npermissions: {{ issues: write }}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{list}")
}

fn job(script: &str) -> String {
    let lines: Vec<String> = script.lines().map(|line| format!("      {line}")).collect();
    format!("a:\n  script:\n    - |\n{}\n", lines.join("\n"))
}

const CALL: &str = "curl -d x=y -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/1/issues\n";

#[test]
fn c01_c02_bombs_of_yaml_are_errors() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let line = format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
        bomb.push_str(&line);
    }
    for text in [bomb, "[".repeat(100_000), "- ".repeat(100_000), "a: &a [*a]".to_owned()] {
        assert_eq!(pipeline(&text).1.len(), 1, "{}", &text[..text.len().min(40)]);
        assert_eq!(workflow(&text).1.len(), 1, "{}", &text[..text.len().min(40)]);
    }
}

#[test]
fn c07_c14_files_too_large_and_in_another_encoding_are_errors() {
    assert!(pipeline(&"#\n".repeat(600_000)).1[0].contains("larger than 1 MiB"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(".gitlab-ci.yml"), b"\xff\xfea\x00:\x00").unwrap();
    assert!(judged(folder.path()).1[0].contains("not UTF-8"));
}

#[test]
fn jobs_that_extend_each_other_without_end_are_read_once() {
    let mut text = String::new();
    for index in 0..12 {
        let all: Vec<String> = (0..12).map(|other| format!("j{other}")).collect();
        let job = format!("j{index}:\n  extends: [{}]\n  variables: {{ V{index}: x }}\n", all.join(", "));
        text.push_str(&job);
    }
    text.push_str("last:\n  extends: j0\n  script: curl -X POST -H \"JOB-TOKEN:$CI_JOB_TOKEN\" $CI_API_V4_URL/projects/1/issues\n");
    assert_eq!(pipeline(&text), (1, Vec::new()));
}

#[test]
fn files_that_include_each_other_without_end_are_read_so_often_and_no_more() {
    let all = "include: [a.yml, b.yml, c.yml]\n";
    let with_job = format!("{all}{}", job(CALL));
    assert_eq!(lint(&[(".gitlab-ci.yml", &with_job), ("a.yml", all), ("b.yml", all), ("c.yml", all)]).0, 1);
}

#[test]
fn scripts_that_call_themselves_end() {
    let recursive = format!("f() {{ f; f; f; g; }}\ng() {{ f; {} }}\nf\n", CALL.trim());
    assert_eq!(pipeline(&job(&recursive)).0, 1);
    let script = format!("#!/bin/sh\n{CALL}./x.sh; ./x.sh; . ./x.sh; bash x.sh\n");
    assert_eq!(lint(&[(".gitlab-ci.yml", "a: { script: ./x.sh }\n"), ("x.sh", &script)]).0, 1);
}

#[test]
fn values_that_double_themselves_become_unknown() {
    let doubling = "A=aaaaaaaa\n".to_owned() + &"A=$A$A\nB+=$A$A\nC=(\"${C[@]}\" \"${C[@]}\" x)\n".repeat(200) + CALL;
    assert_eq!(pipeline(&job(&doubling)).0, 1);
    let wide = format!("A={}\nB={}\n{CALL}", "a".repeat(10_000), "$A".repeat(50_000));
    assert_eq!(pipeline(&job(&wide)).0, 1);
}

#[test]
fn deep_and_broken_shell_ends() {
    for (open, close) in
        [("(", ")"), ("$(", ")"), ("{ ", "; }"), ("if ", ""), ("\"$(", ")\""), ("${x:-", "}"), ("case x in x) ", "")]
    {
        let deep = format!("{}true{}\n", open.repeat(3_000), close.repeat(3_000));
        assert!(pipeline(&job(&deep)).1.is_empty(), "{open}");
        pipeline(&job(&open.repeat(3_000)));
    }
    let many = "if true; then A=1; fi\n".repeat(5_000);
    pipeline(&job(&many));
    let heredocs = "cat <<A <<B <<C\n".repeat(2_000);
    pipeline(&job(&heredocs));
}

#[test]
fn workflows_and_actions_that_use_each_other_without_end_end() {
    let mut text = "on: [push, workflow_call]\njobs:\n".to_owned();
    for index in 0..200 {
        let call = format!("  j{index}: {{ uses: ./.github/workflows/x.yml }}\n");
        text.push_str(&call);
    }
    assert!(workflow(&text).1.is_empty());
    let action = format!("runs:\n  using: composite\n  steps:\n{}", "    - uses: ./a\n".repeat(50));
    lint(&[(".github/workflows/x.yml", &steps("      - uses: ./a\n")), ("a/action.yml", &action)]);
}

#[test]
fn expressions_that_repeat_themselves_become_unknown() {
    let wide = format!("\"{}\"", "${{ env.A }}".repeat(20_000));
    let script = "${{ env.B }} ".repeat(20_000);
    let text = steps(&format!("      - run: '{script}'\n        env: {{ C: {wide} }}\n"))
        .replace("on: push", &format!("on: push\nenv: {{ A: {}, B: {wide} }}", "a".repeat(50_000)));
    assert!(workflow(&text).1.is_empty());
    let open = steps(&format!("      - run: \"{}\"\n", "${{ ".repeat(50_000)));
    assert!(workflow(&open).1.is_empty());
}

#[test]
fn characters_that_stand_for_values_mean_nothing_in_a_file() {
    let text =
        steps("      - run: \"gh issue create -R \u{e000}GITHUB_REPOSITORY\u{e001} \u{e000} \u{e001} $(\u{e000})\"\n");
    assert!(workflow(&text).1.is_empty());
}

#[test]
fn many_variables_and_many_steps_are_read_soon() {
    let variables: Vec<String> = (0..5_000).map(|index| format!("  V{index}: x\n")).collect();
    let many = "      - run: echo $V1\n".repeat(3_000);
    let text = steps(&many).replace("on: push", &format!("on: push\nenv:\n{}", variables.concat()));
    assert!(workflow(&text).1.is_empty());
}

const PATTERN: &str = "include: 'a*a*a*a*a*a*a*a*a*a*b.yml'\n";

#[test]
fn a_pattern_of_many_stars_is_not_followed() {
    let name = format!("{}.yml", "a".repeat(200));
    assert_eq!(lint(&[(".gitlab-ci.yml", PATTERN), (&name, "a: {}\n")]), (0, Vec::new()));
}

/// Pipelines to spoil.
static CORPUS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/lint");
    let mut texts = Vec::new();
    for name in ["shell.yml", "structure.yml", "git.yml"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        texts.extend(text.split(".gitlab-ci.yml: |\n").skip(1).map(unindented));
    }
    texts
});

/// Workflows to spoil.
static WORKFLOWS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/lint");
    let mut texts = Vec::new();
    for name in ["github_permissions.yml", "github_parts.yml", "github_shell.yml", "github_wide.yml"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        texts.extend(text.split("ci.yml: |\n").skip(1).map(unindented));
    }
    texts
});

fn spoilt(text: &str, changes: Vec<(prop::sample::Index, String, usize)>) -> String {
    let mut text = text.to_owned();
    for (at, with, cut) in changes {
        let start = text.char_indices().map(|(at, _)| at).nth(at.index(text.chars().count().max(1))).unwrap_or(0);
        let end = text[start..].char_indices().map(|(at, _)| start + at).nth(cut).unwrap_or(text.len());
        text.replace_range(start..end, &with);
    }
    text
}

fn unindented(text: &str) -> String {
    let lines = text.lines().take_while(|line| line.is_empty() || line.starts_with("      "));
    lines.map(|line| line.get(6..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn spoilt_pipelines_are_read_without_a_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[ -~\n]{0,3}", 0_usize..6), 1..12),
    ) {
        pipeline(&spoilt(&CORPUS[which.index(CORPUS.len())], changes));
    }

    #[test]
    fn spoilt_workflows_are_read_without_a_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), "[ -~\n\u{e000}\u{e001}]{0,3}", 0_usize..6), 1..12),
    ) {
        workflow(&spoilt(&WORKFLOWS[which.index(WORKFLOWS.len())], changes));
    }

    #[test]
    fn any_text_is_read_without_a_panic(text in "[\\PC\n\t]{0,400}") {
        pipeline(&text);
        pipeline(&job(&text));
        workflow(&text);
        workflow(&job(&text).replace("a:\n  script:\n    - |", "on: push\njobs:\n  a: { steps: [{ run: x }] }\n  b: |"));
    }
}

#[test]
fn deep_and_broken_powershell_and_python_end() {
    let call =
        "irm -Method Post \"$env:CI_API_V4_URL/projects/1/issues\" -Headers @{ 'JOB-TOKEN' = $env:CI_JOB_TOKEN }";
    for text in ["(", "{", "@{", "$(", "[", "\"$(", "@\"\n", "<#", "`", "'", "$x = (", "if (1) {", "f ("] {
        let script = format!("{call}\n{}", text.repeat(50_000 / text.len()));
        assert_eq!(lint(&[(".gitlab-ci.yml", "a: { script: pwsh x.ps1 }\n"), ("x.ps1", &script)]).0, 1, "{text}");
    }
    let call = "import os, requests\nrequests.post(os.environ['CI_API_V4_URL'] + '/projects/1/issues', \
                headers={'JOB-TOKEN': os.environ['CI_JOB_TOKEN']})";
    for text in
        ["(", "{", "f(", "[a for b in ", "f'{", "'''", "\\", "a=", "def f(", "requests.get(", "lambda:", "a.", "#"]
    {
        let script = format!("{call}\n{}", text.repeat(50_000 / text.len()));
        assert_eq!(lint(&[(".gitlab-ci.yml", "a: { script: python x.py }\n"), ("x.py", &script)]).0, 1, "{text}");
    }
}

#[test]
fn tables_and_names_that_double_themselves_become_unknown() {
    let doubling = "$a = $a + $a\n$t = @{ a = $t; b = $t; c = \"$a$a\" }\n$a += $a\n".repeat(300);
    let script = format!("$a = 'aaaaaaaa'\n{doubling}");
    assert_eq!(lint(&[(".gitlab-ci.yml", "a: { script: pwsh x.ps1 }\n"), ("x.ps1", &script)]).0, 0);
    let names: Vec<String> =
        (0..60).map(|at| format!("n{at} = n{0} + n{0}\nt{at} = {{'a': t{0}, 'b': t{0}}}\n", at + 1)).collect();
    let calls = "requests.get(n0, headers=t0)\n".repeat(300);
    let script = format!("import requests\nn60 = 'x'\nt60 = {{}}\n{}{calls}", names.concat());
    assert_eq!(lint(&[(".gitlab-ci.yml", "a: { script: python x.py }\n"), ("x.py", &script)]).0, 0);
}

#[test]
fn templates_that_name_each_other_without_end_are_read_so_often_and_no_more() {
    let all = "trigger: [main]\njobs:\n  - template: a.yml\n  - template: b.yml\n  - job: a\n    steps:\n      \
               - bash: git clone https://a:$(TOKEN)@dev.azure.com/a\n";
    let (findings, faults) = lint(&[("azure-pipelines.yml", all), ("a.yml", all), ("b.yml", all)]);
    assert!(findings <= 3 && faults.is_empty(), "{findings} {faults:?}");
    let parameters = "parameters: { p: '${{ parameters.p }}${{ parameters.p }}${{ parameters.p }}' }\n";
    let own =
        format!("{parameters}steps:\n  - template: c.yml\n    {parameters}  - script: x ${{{{ parameters.p }}}}\n");
    assert_eq!(lint(&[("azure-pipelines.yml", &own), ("c.yml", &own)]), (0, Vec::new()));
    let variables: Vec<String> = (0..60).map(|at| format!("  v{at}: $(v{0})$(v{0})\n", at + 1)).collect();
    let text = format!("trigger: [main]\nvariables:\n{}steps:\n  - bash: curl $(v0)\n", variables.concat());
    assert_eq!(lint(&[("azure-pipelines.yml", &text)]), (0, Vec::new()));
}

#[test]
fn variables_that_name_each_other_a_thousandfold_become_unknown() {
    let variables = |form: fn(usize) -> String| -> String {
        (0..8).map(|at| format!("  v{at}: {}\n", form(at + 1).repeat(200))).collect()
    };
    let text = format!("variables:\n{}  v8: ''\na: {{ script: curl $v0 }}\n", variables(|at| format!("$v{at}")));
    assert_eq!(pipeline(&text), (0, Vec::new()));
    let text = format!(
        "trigger: [main]\nvariables:\n{}  v8: ''\nsteps:\n  - bash: curl $(v0)\n",
        variables(|at| format!("$(v{at})"))
    );
    assert_eq!(lint(&[("azure-pipelines.yml", &text)]), (0, Vec::new()));
}
