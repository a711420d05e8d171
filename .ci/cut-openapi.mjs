// Cuts GitHub's official API description down to the routes that the sandbox knows, with the components they use.
// node cut-openapi.mjs DESCRIPTION ROUTES.csv OUT
import { readFileSync, writeFileSync } from 'node:fs';

const [whole, routes, out] = process.argv.slice(2);
const description = JSON.parse(readFileSync(whole, 'utf8'));

// Where a server of one's own has its API, and the sandbox by its own address.
const base = '/api/v3';

// Parameters have other names in the description: only their places count.
const plain = path => path.split('/').map(part => (/^[:*{]/.test(part) ? '{}' : part)).join('/');
const wanted = new Set();
for (const line of readFileSync(routes, 'utf8').split('\n').filter(line => /^[A-Z]/.test(line))) {
  const [method, path] = line.split(',');
  wanted.add(`${method.toLowerCase()} ${plain(path)}`);
}

// Here the description asks of one account to be a user and an enterprise at once.
const installations = description.paths['/app/installations'].get.responses['200'].content['application/json'];
installations.schema.items = { $ref: '#/components/schemas/installation' };

const refusal = {
  description: 'refused',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/basic-error' } } },
};
const paths = {};
const found = new Set();
for (const [path, item] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    const key = `${method} ${plain(path)}`;
    if (!wanted.has(key)) continue;
    found.add(key);
    paths[base + path] ??= item.parameters ? { parameters: item.parameters } : {};
    paths[base + path][method] = operation;
    // The description is silent on many refusals that every route can give.
    for (const status of ['401', '403', '404']) operation.responses[status] ??= refusal;
  }
}

// The root of the tree is asked for with an empty path, as answers recorded by others show; described it is not.
const contents = paths[`${base}/repos/{owner}/{repo}/contents/{path}`].get;
const parameters = contents.parameters.filter(one => one.name !== 'path');
paths[`${base}/repos/{owner}/{repo}/contents/`] = { get: { ...contents, parameters } };
found.add('get /repos/{}/{}/contents/');

const components = {};
const keep = value => {
  if (Array.isArray(value)) return value.forEach(keep);
  if (value === null || typeof value !== 'object') return;
  if (typeof value.$ref === 'string') {
    const [, , kind, name] = value.$ref.split('/');
    components[kind] ??= {};
    if (!(name in components[kind])) {
      components[kind][name] = description.components[kind][name];
      keep(components[kind][name]);
    }
  }
  // Examples are long and judge nothing.
  delete value.examples;
  Object.values(value).forEach(keep);
};
keep(paths);

const { openapi, info, servers } = description;
writeFileSync(out, JSON.stringify({ openapi, info, servers, paths, components }));
const missing = [...wanted].filter(key => !found.has(key));
console.log(`${found.size} operations; not described: ${missing.join(', ') || 'none'}`);
