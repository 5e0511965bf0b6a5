import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

/**
 * An example backend: a page that shows which process answered and the way the request took, or the same as JSON for
 * `curl -H 'Accept: application/json'`.
 */
const { values } = parseArgs({
  options: { name: { type: 'string', default: 'blue' }, port: { type: 'string', default: '3001' } },
});
const { name, port } = values;

const server = createServer((request, response) => {
  const { host = '', accept = '', 'x-forwarded-for': client, 'x-request-id': id } = request.headers;
  const seen = {
    backend: name,
    port: Number(port),
    method: request.method,
    host,
    path: request.url,
    client: String(client ?? request.socket.remoteAddress),
    requestId: String(id ?? 'none: the request did not come through Envoy'),
  };
  const json = accept.includes('application/json');
  response.setHeader('content-type', json ? 'application/json' : 'text/html; charset=utf-8');
  response.setHeader('cache-control', 'no-store');
  response.end(json ? `${JSON.stringify(seen, undefined, 2)}\n` : page(seen));
});
server.once('error', (error) => {
  process.stderr.write(`backend ${name} cannot listen on port ${port}: ${error.message}\n`);
  process.exit(1);
});
server.listen(Number(port), '127.0.0.1');

function page(seen: Readonly<Record<string, unknown>>): string {
  const colour = name === 'green' ? '#1b7f4b' : '#1f5fbf';
  const way = ['you', 'Envoy', `Service ${name}`, `127.0.0.1:${port}`].map(
    (step) => `<b>${escape(step)}</b>`,
  );
  const rows = Object.entries(seen).map(
    ([label, value]) => `<tr><th>${escape(label)}</th><td>${escape(String(value))}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(name)} answers</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 10vh auto; padding: 0 1rem; color: #222 }
  h1 { color: ${colour} }
  b { border: 1px solid ${colour}; border-radius: 4px; padding: .1rem .5rem; white-space: nowrap }
  th { text-align: left; padding-right: 2rem; font-weight: normal; color: #666 }
  td { overflow-wrap: anywhere }
</style>
<h1>Hello from ${escape(name)}</h1>
<p>${way.join(' &rarr; ')}</p>
<table>${rows.join('')}</table>
<p>Reload, and the other backend may answer. Change a weight in <code>routes.yaml</code>, save, and reload again.</p>
</html>
`;
}

/** Text of the request is shown, never run. */
function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
