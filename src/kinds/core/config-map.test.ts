import { expect, test } from 'vitest';
import * as m from '../../../test/rig/objects/manifests.ts';
import { must } from '../../lib/assert.ts';
import { kindOf } from '../followed-kinds.ts';
import { configMapKind } from './config-map.ts';

const script = 'function envoy_on_response(handle) end';

test.each<[string, object | null, object]>([
  ['the script under its key', { lua: script, a: `${script} -- other` }, { lua: script }],
  ['else the first script by its key', { z: `${script} -- z`, b: script, a: 'no\nscript' }, { lua: script }],
  ['the certificates of an authority', { 'ca.crt': 'p\nem', config: 'la\nrge' }, { ca: 'p\nem' }],
  ['keys of tokens', { jwks: '{\n}' }, { jwks: '{\n}' }],
  [
    'short lines',
    { b: 'two', a: 'one' },
    {
      lines: [
        ['a', 'one'],
        ['b', 'two'],
      ],
    },
  ],
  ['nothing else', { 'config.yaml': 'large\n', long: 'x'.repeat(257) }, {}],
  ['a script under whatever key', JSON.parse(`{"__proto__": "${script}"}`) as object, { lua: script }],
  ['nothing of what is no text', { lua: 7, 'ca.crt': ['pem'] }, {}],
  ['nothing of what is no map', null, {}],
])('of a ConfigMap is kept %s', (_, data, kept) => {
  const row = configMapKind.schema.parse(data === null ? {} : { data });
  expect(JSON.parse(JSON.stringify(row))).toEqual(kept);
});

test.each<[string, object, string]>([
  ['ConfigMap', m.configMap({ lua: script, 'ca.crt': 'pem' }), '"ca":"pem"'],
  [
    'EnvoyExtensionPolicy',
    m.extensionPolicy({
      targetRefs: [{ kind: 'HTTPRoute', name: 'r' }],
      lua: [
        { type: 'Inline', inline: script, filterContext: { a: script } },
        { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'c' } },
      ],
    }),
    '"lua":[{"type":"Inline"},{"type":"ValueRef"',
  ],
])('where no proxy runs scripts, none of a %s is kept', (name, manifest, rest) => {
  const kind = must(kindOf(name), 'kind');
  const texts = [kind.parse, must(kind.parseWithoutScripts, 'parser')].map((parse) => {
    const parsed = parse(manifest);
    return parsed.kind === 'row' ? Buffer.from(parsed.row.bytes).toString() : '';
  });
  expect(texts.map((text) => text.includes('envoy_on_response'))).toEqual([true, false]);
  expect(texts[1]).toContain(rest);
});
