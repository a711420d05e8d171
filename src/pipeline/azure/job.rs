//! Stages, jobs and their steps, in the order in which they would run.

use std::rc::Rc;

use super::FORGE;
use super::step::{self, Surroundings};
use super::template::{self, Item, Loader};
use super::variables::Variables;
use crate::pipeline::files::Files;
use crate::pipeline::model::Job;
use crate::pipeline::reader::Reader;

/// Jobs of one pipeline, and steps of all of them.
const MAX_JOBS: usize = 2_000;
const MAX_STEPS: usize = 5_000;

pub(super) struct Walk<'f> {
    pub(super) files: &'f mut Files,
    pub(super) loader: Loader,
    pub(super) jobs: Vec<Job>,
    /// It runs by itself: everything that a job starts with is in these files.
    pub(super) whole: bool,
    /// Steps that were followed.
    pub(super) steps: usize,
}

/// What a stage or job hands down to what is in it.
#[derive(Clone, Default)]
struct Level {
    variables: Variables,
    pool: Option<Item>,
    depth: usize,
}

impl Walk<'_> {
    pub(super) fn pipeline(&mut self, root: &Item) {
        self.level(root, &Level::default(), "");
    }

    /// What has stages, jobs or steps: a file, a stage, or what `extends` names.
    fn level(&mut self, item: &Item, outer: &Level, name: &str) {
        let mut level = Level { depth: outer.depth + 1, ..outer.clone() };
        if level.depth > 20 || self.jobs.len() > MAX_JOBS {
            return;
        }
        let entries = template::entries(item);
        let named = |key: &'static str| entries.iter().filter(move |(held, _)| held == key).map(|(_, item)| item);
        for variables in named("variables") {
            self.variables(variables, &mut level.variables, 0);
        }
        level.pool = named("pool").next_back().cloned().or(level.pool);
        for extended in named("extends") {
            if let Some(template) = self.loader.load(extended, self.files) {
                self.level(&template, &level, name);
            }
        }
        for stage in named("stages").flat_map(template::items) {
            self.stage(&stage, &level);
        }
        for job in named("jobs").flat_map(template::items) {
            self.job(&job, &level, name);
        }
        for steps in named("steps") {
            self.steps(std::slice::from_ref(steps), &level, name);
        }
    }

    fn stage(&mut self, stage: &Item, level: &Level) {
        if stage.node.get("template").is_some() {
            if let Some(template) = self.loader.load(stage, self.files) {
                self.level(&template, level, "");
            }
            return;
        }
        let name = stage.node.get("stage").and_then(|node| node.text()).unwrap_or_default().to_owned();
        self.level(stage, level, &name);
    }

    fn job(&mut self, job: &Item, outer: &Level, stage: &str) {
        if job.node.get("template").is_some() {
            if let Some(template) = self.loader.load(job, self.files) {
                self.level(&template, outer, stage);
            }
            return;
        }
        let mut level = outer.clone();
        let mut steps = Vec::new();
        for (key, item) in template::entries(job) {
            match key.as_str() {
                "variables" => self.variables(&item, &mut level.variables, 0),
                "pool" => level.pool = Some(item),
                "steps" => steps.push(item),
                // A container's own variables are in every step.
                "container" => {
                    for (name, _) in item.node.get("env").map(|node| node.entries()).unwrap_or_default() {
                        level.variables.forget(&name.text);
                    }
                }
                "strategy" => {
                    set_by_matrix(&item, &mut level.variables);
                    hooks(&item, 0, &mut steps);
                }
                _ => {}
            }
        }
        let name = ["job", "deployment"].iter().find_map(|key| job.node.get(key)?.text());
        let parts = [stage, name.unwrap_or_default()];
        let name = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(".");
        self.steps(&steps, &level, &name);
    }

    fn steps(&mut self, lists: &[Item], level: &Level, name: &str) {
        let mut steps = Vec::new();
        for list in lists {
            self.gather(list, 0, &mut steps);
        }
        let mut surroundings = Surroundings::new(level.variables.clone(), level.pool.as_ref(), self.whole, &steps);
        let mut acts = Vec::new();
        for one in &steps {
            let script = step::script(one, &surroundings, self.files);
            let mut scope = surroundings.scope(one, self.files);
            let mut reader = Reader::new(self.files);
            if let Some(script) = script {
                surroundings.follow(&script, &mut scope, &mut reader);
            }
            acts.extend(reader.finish(&scope));
            surroundings.after(one, scope);
        }
        self.jobs.push(Job { forge: FORGE, name: name.to_owned(), whole: self.whole, acts, permissions: None });
    }

    /// Steps with those of templates in their places.
    fn gather(&mut self, list: &Item, depth: usize, steps: &mut Vec<Item>) {
        for item in template::items(list) {
            self.steps += 1;
            if self.steps > MAX_STEPS || depth > 20 {
                return;
            }
            if item.node.get("template").is_none() {
                steps.push(item);
            } else if let Some(template) = self.loader.load(&item, self.files)
                && let Some(inner) = template.node.get("steps")
            {
                let inner = Item { node: Rc::clone(inner), ..template };
                self.gather(&inner, depth + 1, steps);
            }
        }
    }

    /// Variables as a mapping, or as a list with groups and templates in it.
    fn variables(&mut self, item: &Item, into: &mut Variables, depth: usize) {
        if depth > 20 {
            return;
        }
        if !item.node.is_list() {
            for (name, value) in template::entries(item) {
                self.variable(&name, &value, into);
            }
        }
        for one in template::items(item) {
            if one.node.get("template").is_some() {
                if let Some(template) = self.loader.load(&one, self.files)
                    && let Some(inner) = template.node.get("variables")
                {
                    self.variables(&Item { node: Rc::clone(inner), ..template }, into, depth + 1);
                }
            } else if let (Some(name), Some(value)) =
                (one.node.get("name").and_then(|n| n.text()), one.node.get("value"))
            {
                self.variable(name, &Item { node: Rc::clone(value), ..one.clone() }, into);
            }
        }
    }

    fn variable(&mut self, name: &str, value: &Item, into: &mut Variables) {
        if value.conditional || value.node.is_list() || value.node.is_map() {
            into.forget(name);
        } else {
            let text = template::text(value, into, self.files);
            into.set(name, Some(&text));
        }
    }
}

/// The scripts of a deployment: `runOnce`, `rolling` and `canary` have hooks with steps.
fn hooks(item: &Item, depth: usize, steps: &mut Vec<Item>) {
    for (key, inner) in template::entries(item) {
        match key.as_str() {
            "steps" => steps.push(inner),
            "runOnce" | "rolling" | "canary" | "preDeploy" | "deploy" | "routeTraffic" | "postRouteTraffic" | "on"
            | "failure" | "success"
                if depth < 8 =>
            {
                hooks(&inner, depth + 1, steps);
            }
            _ => {}
        }
    }
}

fn set_by_matrix(strategy: &Item, variables: &mut Variables) {
    let Some(matrix) = strategy.node.get("matrix") else { return };
    for (_, row) in matrix.entries() {
        for (name, _) in row.entries() {
            variables.forget(name.text.as_str());
        }
    }
}
