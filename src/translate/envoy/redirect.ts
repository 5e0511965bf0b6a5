import {
  RedirectAction_RedirectResponseCode,
  type RedirectAction,
} from '../../../proto/gen/envoy/config/route/v3/route_action.ts';
import type { PathMatchIR, RedirectIR } from '../ir.ts';
import { pathRewrite } from './path-rewrite.ts';

export function redirectAction(redirect: RedirectIR, match: PathMatchIR): RedirectAction {
  const { scheme, hostname, port } = redirect;
  const path = pathSpecifier(redirect, match);
  return {
    responseCode: responseCodes[redirect.statusCode],
    ...(scheme === undefined ? {} : { schemeRewriteSpecifier: { $case: 'schemeRedirect', value: scheme } }),
    ...(hostname === undefined ? {} : { hostRedirect: hostname }),
    ...(port === undefined ? {} : { portRedirect: port }),
    ...(path === undefined ? {} : { pathRewriteSpecifier: path }),
  };
}

const { FOUND, MOVED_PERMANENTLY, PERMANENT_REDIRECT, SEE_OTHER, TEMPORARY_REDIRECT } =
  RedirectAction_RedirectResponseCode;

const responseCodes: Record<RedirectIR['statusCode'], RedirectAction_RedirectResponseCode> = {
  301: MOVED_PERMANENTLY,
  302: FOUND,
  303: SEE_OTHER,
  307: TEMPORARY_REDIRECT,
  308: PERMANENT_REDIRECT,
};

function pathSpecifier(redirect: RedirectIR, match: PathMatchIR): RedirectAction['pathRewriteSpecifier'] {
  const rewrite = pathRewrite(redirect.path, match);
  switch (rewrite.kind) {
    case 'none':
      return undefined;
    case 'full':
      return { $case: 'pathRedirect', value: rewrite.path };
    case 'prefix':
      return { $case: 'prefixRewrite', value: rewrite.prefix };
    case 'regex':
      return { $case: 'regexRewrite', value: rewrite.regex };
  }
}
