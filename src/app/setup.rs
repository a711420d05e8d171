//! Which entries Git's configuration needs so that Git asks hallpass about a place first.

use crate::domain::config_block::Addition;
use crate::domain::helper_line::{helper_name, is_hallpass, may_hold_a_secret};
use crate::domain::origin::Origin;

/// What is wanted for one origin.
#[derive(Clone, Debug)]
pub struct Wish {
    pub origin: Origin,
    /// What stands in `credential.helper`.
    pub line: String,
    /// Git is to say which path it wants, since tokens differ by it.
    pub with_path: bool,
    pub others: Others,
    /// What gives Git a token before any helper is asked is to be put out of force.
    pub take_over: bool,
}

/// What becomes of the helpers that are asked already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are asked after hallpass.
    Behind,
    /// As above, without the one that writes what it is told into a plain file: what was moved out would be back soon.
    BehindWithoutPlain,
    /// They are not asked.
    Out,
}

/// The configuration in force, as it would be with entries added to the file that setup writes.
pub trait InForce {
    /// The helpers that Git would ask, in order.
    fn helpers(&self, origin: &Origin, added: &[Addition]) -> Vec<String>;

    fn sends_path(&self, origin: &Origin, added: &[Addition]) -> bool;

    /// What gives Git a token without asking a helper.
    fn unasked(&self, origin: &Origin, added: &[Addition]) -> Vec<Unasked>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unasked {
    /// `url.<address with a token>.insteadOf`, and where it stands.
    Rewrite { place: String },
    /// `http.extraHeader` with an `Authorization`, the section it is in, and where it stands.
    Header { pattern: Option<String>, place: String },
}

/// What setup does for one origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub added: Vec<Addition>,
    /// The helpers asked behind hallpass, by name.
    pub behind: Vec<String>,
    /// Those that are not asked any more.
    pub out: Vec<String>,
    /// Those that are asked first all the same, or instead: their entries come later than those of this file can.
    pub before: Vec<String>,
    pub never_asked: bool,
    pub with_path: bool,
    pub unasked: Vec<Unasked>,
    pub taken_over: Vec<Unasked>,
}

/// Is everything as wished already?
pub fn is_met(wish: &Wish, now: &dyn InForce) -> bool {
    let helpers = now.helpers(&wish.origin, &[]);
    let first = helpers.first().is_some_and(|first| *first == wish.line);
    let others = &helpers[helpers.len().min(1)..];
    let path = !wish.with_path || now.sends_path(&wish.origin, &[]);
    first && path && others.iter().all(|other| wish.keeps(other)) && !(wish.take_over && wish.could_take_over(now, &[]))
}

/// What to add to a file in which nothing of ours is.
pub fn plan(wish: &Wish, now: &dyn InForce) -> Plan {
    let Wish { origin, with_path, take_over, .. } = wish;
    let mut added = helpers(wish, now);
    if *with_path && !now.sends_path(origin, &added) {
        added.push(credential(origin, "useHttpPath", "true"));
    }
    let mut taken_over = Vec::new();
    if *take_over {
        for one in now.unasked(origin, &added) {
            let remedy = remedy(origin, &one);
            let with: Vec<_> = added.iter().cloned().chain([remedy]).collect();
            if !now.unasked(origin, &with).contains(&one) {
                added = with;
                taken_over.push(one);
            }
        }
    }
    let asked = now.helpers(origin, &[]);
    let mut plan = standing(wish, now, added);
    plan.out = names(asked.iter().filter(|helper| {
        let stays = plan.behind.iter().chain(&plan.before).any(|name| *name == helper_name(helper));
        !stays && !is_hallpass(helper)
    }));
    Plan { taken_over, ..plan }
}

/// How things are with these entries.
pub fn standing(wish: &Wish, now: &dyn InForce, added: Vec<Addition>) -> Plan {
    let chain = now.helpers(&wish.origin, &added);
    let place = chain.iter().position(|helper| *helper == wish.line);
    let (before, behind) = match place {
        Some(place) => (&chain[..place], &chain[place + 1..]),
        None => (&chain[..], &[][..]),
    };
    Plan {
        behind: names(behind.iter()),
        out: Vec::new(),
        before: names(before.iter()),
        never_asked: place.is_none(),
        with_path: now.sends_path(&wish.origin, &added),
        unasked: now.unasked(&wish.origin, &added),
        taken_over: Vec::new(),
        added,
    }
}

/// One entry where nobody is asked before us. Else the chain begins anew for this origin, with those who were there.
fn helpers(wish: &Wish, now: &dyn InForce) -> Vec<Addition> {
    let helper = |value: &str| credential(&wish.origin, "helper", value);
    let alone = vec![helper(&wish.line)];
    let chain = now.helpers(&wish.origin, &alone);
    let Some(place) = chain.iter().position(|helper| *helper == wish.line) else { return alone };
    let (before, behind) = (&chain[..place], &chain[place + 1..]);
    if before.is_empty() && behind.iter().all(|other| wish.keeps(other)) {
        return alone;
    }
    let others: Vec<&String> = before.iter().filter(|other| wish.keeps(other) && !is_hallpass(other)).collect();
    if others.iter().any(|other| may_hold_a_secret(other)) {
        // It would have to be copied. So it stays in front.
        return alone;
    }
    [helper(""), helper(&wish.line)].into_iter().chain(others.into_iter().map(|other| helper(other))).collect()
}

impl Wish {
    fn keeps(&self, other: &str) -> bool {
        match self.others {
            Others::Behind => true,
            Others::BehindWithoutPlain => helper_name(other) != "store",
            Others::Out => is_hallpass(other),
        }
    }

    fn could_take_over(&self, now: &dyn InForce, added: &[Addition]) -> bool {
        let unasked = now.unasked(&self.origin, added);
        unasked.iter().any(|one| {
            let with: Vec<_> = added.iter().cloned().chain([remedy(&self.origin, one)]).collect();
            !now.unasked(&self.origin, &with).contains(one)
        })
    }
}

/// A rewrite is beaten by a longer one, and this one leaves the address as it is. Headers end at an empty one.
fn remedy(origin: &Origin, unasked: &Unasked) -> Addition {
    let own = format!("{origin}/");
    match unasked {
        Unasked::Rewrite { .. } => Addition::new("url", own.clone(), "insteadOf", own),
        Unasked::Header { pattern, .. } => {
            Addition::new("http", pattern.clone().unwrap_or(own), "extraHeader", String::new())
        }
    }
}

fn credential(origin: &Origin, name: &str, value: &str) -> Addition {
    Addition::new("credential", origin.to_string(), name, value.to_owned())
}

fn names<'a>(helpers: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in helpers.map(|helper| helper_name(helper)) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "/usr/bin/hallpass credential";

    /// Helpers before and after the place where setup writes.
    #[derive(Default)]
    struct Git {
        earlier: &'static [&'static str],
        later: &'static [&'static str],
        rewrite: bool,
        header_later: bool,
    }

    impl InForce for Git {
        fn helpers(&self, _: &Origin, added: &[Addition]) -> Vec<String> {
            let mut chain = Vec::new();
            let ours = added.iter().filter(|one| one.name == "helper").map(|one| one.value.as_str());
            for value in self.earlier.iter().copied().chain(ours).chain(self.later.iter().copied()) {
                if value.is_empty() { chain.clear() } else { chain.push(value.to_owned()) }
            }
            chain
        }

        fn sends_path(&self, _: &Origin, added: &[Addition]) -> bool {
            added.iter().any(|one| one.name == "useHttpPath")
        }

        fn unasked(&self, _: &Origin, added: &[Addition]) -> Vec<Unasked> {
            let place = "file".to_owned();
            let mut found = Vec::new();
            if self.rewrite && !added.iter().any(|one| one.name == "insteadOf") {
                found.push(Unasked::Rewrite { place: place.clone() });
            }
            if self.header_later {
                found.push(Unasked::Header { pattern: None, place });
            }
            found
        }
    }

    fn wish(others: Others) -> Wish {
        let origin = Origin::parse("https://a.test").unwrap();
        Wish { origin, line: LINE.to_owned(), with_path: false, others, take_over: false }
    }

    fn values(plan: &Plan) -> Vec<(&str, &str)> {
        plan.added.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect()
    }

    #[test]
    fn alone_it_is_one_entry() {
        let plan = plan(&wish(Others::Behind), &Git::default());
        assert_eq!(values(&plan), [("helper", LINE)]);
        assert_eq!(plan.added[0].subsection, "https://a.test");
        assert!(plan.behind.is_empty() && plan.before.is_empty() && !plan.never_asked);
    }

    #[test]
    fn those_asked_before_are_asked_behind() {
        let git = Git { earlier: &["store", "!gh auth git-credential"], ..Git::default() };
        let plan = plan(&wish(Others::Behind), &git);
        let expected = [("helper", ""), ("helper", LINE), ("helper", "store"), ("helper", "!gh auth git-credential")];
        assert_eq!(values(&plan), expected);
        assert_eq!(plan.behind, ["store", "gh"]);
    }

    #[test]
    fn what_may_hold_a_secret_is_not_copied_and_stays_in_front() {
        let git = Git { earlier: &["store", "!f() { echo password=canary; }; f"], ..Git::default() };
        let plan = plan(&wish(Others::Behind), &git);
        assert_eq!(values(&plan), [("helper", LINE)]);
        assert_eq!(plan.before, ["store", "a line of shell"]);
        let replaced = super::plan(&wish(Others::Out), &git);
        assert_eq!(values(&replaced), [("helper", ""), ("helper", LINE)]);
    }

    #[test]
    fn an_older_entry_of_ours_is_not_asked_twice() {
        let git = Git { earlier: &["hallpass", "cache"], ..Git::default() };
        let plan = plan(&wish(Others::Behind), &git);
        assert_eq!(values(&plan), [("helper", ""), ("helper", LINE), ("helper", "cache")]);
        assert!(plan.out.is_empty());
    }

    #[test]
    fn others_can_be_left_out() {
        let git = Git { earlier: &["store", "cache"], ..Git::default() };
        let out = plan(&wish(Others::Out), &git);
        assert_eq!(
            (values(&out), out.out.clone()),
            (vec![("helper", ""), ("helper", LINE)], vec!["store".into(), "cache".into()])
        );
        let moved = plan(&wish(Others::BehindWithoutPlain), &git);
        assert_eq!((moved.behind, moved.out), (vec!["cache".to_owned()], vec!["store".to_owned()]));
    }

    #[test]
    fn what_comes_later_than_the_file_is_told() {
        let later = plan(&wish(Others::Out), &Git { later: &["cache"], ..Git::default() });
        assert_eq!(later.behind, ["cache"]);
        let reset = plan(&wish(Others::Behind), &Git { later: &["", "cache"], ..Git::default() });
        assert!(reset.never_asked);
        assert_eq!(reset.before, ["cache"]);
    }

    #[test]
    fn what_is_met_is_met() {
        assert!(is_met(&wish(Others::Behind), &Git { earlier: &[LINE, "store"], ..Git::default() }));
        assert!(!is_met(&wish(Others::Out), &Git { earlier: &[LINE, "store"], ..Git::default() }));
        assert!(!is_met(&wish(Others::BehindWithoutPlain), &Git { earlier: &[LINE, "store"], ..Git::default() }));
        assert!(!is_met(&wish(Others::Behind), &Git { earlier: &["store", LINE], ..Git::default() }));
        assert!(!is_met(&Wish { with_path: true, ..wish(Others::Out) }, &Git { earlier: &[LINE], ..Git::default() }));
        let taking = Wish { take_over: true, ..wish(Others::Behind) };
        assert!(!is_met(&taking, &Git { earlier: &[LINE], rewrite: true, ..Git::default() }));
        assert!(
            is_met(&taking, &Git { earlier: &[LINE], header_later: true, ..Git::default() }),
            "nothing helps there"
        );
    }

    #[test]
    fn what_answers_unasked_is_named_and_put_out_of_force_on_demand() {
        let git = Git { rewrite: true, header_later: true, ..Git::default() };
        let named = plan(&wish(Others::Behind), &git);
        assert_eq!((named.added.len(), named.unasked.len()), (1, 2));
        let taken = plan(&Wish { take_over: true, ..wish(Others::Behind) }, &git);
        assert_eq!(taken.taken_over.len(), 1);
        assert_eq!(taken.unasked, [Unasked::Header { pattern: None, place: "file".to_owned() }]);
        let last = taken.added.last().unwrap();
        assert_eq!((last.subsection.as_str(), last.value.as_str()), ("https://a.test/", "https://a.test/"));
    }

    #[test]
    fn the_path_is_asked_for_where_tokens_differ_by_it() {
        let plan = plan(&Wish { with_path: true, ..wish(Others::Behind) }, &Git::default());
        assert_eq!(values(&plan), [("helper", LINE), ("useHttpPath", "true")]);
        assert!(plan.with_path);
    }
}
