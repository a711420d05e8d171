use super::linted::{cases, check};
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "pipeline",
    about: "any YAML ends in findings or in one clear error, with places that the file has",
    seeds: &[
        b"a:\n  script:\n    - |\n      curl -H \"JOB-TOKEN: $CI_JOB_TOKEN\" $CI_API_V4_URL/projects/1/issues\n",
        b"steps:\n  - bash: |\n      curl -u :$SYSTEM_ACCESSTOKEN https://dev.azure.com/a\n    env: { A: $(System.AccessToken) }\n",
        b"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: gh pr create\n        shell: pwsh\n",
    ],
    more,
    words: &[
        b"*a",
        b"&a ",
        b"<<: *a\n",
        b"- template: azure-pipelines.yml\n",
        b"include: .gitlab-ci.yml\n",
        b"extends: a\n",
        b"!reference [a, script]",
        b"${{ parameters.a }}",
        b"${{ each a in b }}:",
        b"$(a)",
        b"$[[ inputs.a ]]",
        b"$[a]",
        b"|\n",
        b">-\n",
        b"- pwsh: |\n",
        b"- task: Bash@3\n",
        b"\"",
        b"'",
        b"\t",
        b"\r\n",
        b"---\n",
        b"\xef\xbb\xbf",
        b"\xf0\x9f\x8e\xab",
        b"\xee\x80\x80",
        b"[[[[",
        b"{a: ",
    ],
    run,
};

fn more() -> Vec<Vec<u8>> {
    cases(&[".yml", ".yaml"])
}

fn run(input: &[u8]) {
    check(input, &[".gitlab-ci.yml", "azure-pipelines.yml", ".github/workflows/a.yml", "action.yml", "other.yml"]);
}
