use super::linted::{cases, check};
use crate::Target;

pub(crate) const TARGET: Target = Target {
    name: "script",
    about: "any shell, PowerShell or Python ends in findings, with places that the file has",
    seeds: &[
        b"f() { curl -H \"PRIVATE-TOKEN: ${CI_JOB_TOKEN}\" \"$1\"; }\nf $CI_API_V4_URL/projects/1/releases <<EOF\n$A\nEOF\n",
        b"$h = @{ 'JOB-TOKEN' = \"$($env:CI_JOB_TOKEN)\" }\nirm @h -Headers $h -Uri (\"$env:CI_API_V4_URL\" + '/projects')\n",
        b"import os, requests as r\ns = r.Session()\ns.get(f\"{os.environ['CI_API_V4_URL']}/projects\", headers={'a': b})\n",
    ],
    more,
    words: &[
        b"$",
        b"${",
        b"$(",
        b"$((",
        b"`",
        b"@{",
        b"@(",
        b"@\"\n",
        b"\n\"@",
        b"<#",
        b"#>",
        b"'''",
        b"\"\"\"",
        b"f\"{",
        b"}}",
        b"lambda x: ",
        b"def f(a, *b, **c):\n",
        b" as s:\n",
        b"\\\n",
        b"<<EOF\n",
        b"; ",
        b" | ",
        b" && ",
        b"function f {",
        b"if (",
        b"requests.post(",
        b"Invoke-RestMethod ",
        b"az rest --uri ",
        b"./x.sh\n",
        b"$env:A=",
        b"\xc3\xa9",
        b"\xee\x80\x80",
        b"\r\n",
        b"\0",
    ],
    run,
};

fn more() -> Vec<Vec<u8>> {
    cases(&[".sh", ".ps1", ".py", ".bash"])
}

fn run(input: &[u8]) {
    check(input, &["x.sh", "x.ps1", "x.py"]);
}
