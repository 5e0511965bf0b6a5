import { command } from '../command.ts';
import { argument, bad, choiceFlag, flag, good, listFlag, quoted, textFlag } from '../inputs.ts';
import { placeInputs, placeText } from '../place.ts';

export const explain = command({
  name: 'explain',
  summary: 'say which answer a request gets and why, or what an object has become',
  details: `Decides by what is in force, as Envoy does: also where a proxy rejected the newest version, or it is not translated yet.
With a URL, prints the Gateway and listener, the certificates, the route with its rule and match, the backends with their
endpoints, the filters and policies, which proxies have acknowledged it, and, of the routes that do not match, those that
lack least. The first lines are the answer. The URL's port is that of the listener; a Host header is another host than the
URL's, as with curl:
  sluice explain https://app.example.com/login -X POST -H 'x-canary: 1'
  sluice explain http://127.0.0.1:8080/ -H 'Host: green.example.com'
With KIND/NAMESPACE/NAME, as kubectl writes it, prints the conditions of an object, where it is in force, and which proxies
have it:
  sluice explain httproute/default/app
With --files, translates manifests here, as sluice standalone does. Shows no secrets, and changes nothing. The exit code is 0
when there is an explanation, 2 when there is none.
${placeText}`,
  inputs: {
    subject: argument('URL|OBJECT', 'the URL of a request, or an object as KIND/NAMESPACE/NAME'),
    request: textFlag('METHOD', 'GET', 'the method of the request', { short: 'X' }),
    header: listFlag(
      'NAME:VALUE',
      'a header of the request',
      (text) => (text.includes(':') ? good(text) : bad(`must be NAME: VALUE (got ${quoted(text)})`)),
      { short: 'H' },
    ),
    gateway: {
      as: 'flag',
      value: 'NS/NAME',
      help: 'the Gateway that gets the request; without it, those that listen on its port',
      read: ([text]) =>
        text === undefined || /^[^/]+\/[^/]+$/.test(text)
          ? good(text)
          : bad(`must be NAMESPACE/NAME (got ${quoted(text)})`),
    },
    output: choiceFlag(['text', 'json'], 'text', 'form of the output', { short: 'o' }),
    files: flag('PATH', 'a manifest or a folder of manifests, instead of a running Sluice', {
      completes: 'path',
    }),
    ...placeInputs,
  },
  run: async (options, surroundings) => (await import('../explain.ts')).explain(options, surroundings),
});
