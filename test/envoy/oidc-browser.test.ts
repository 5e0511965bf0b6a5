import { expect } from 'vitest';
import { EnvoyRig } from '../rig/envoy/envoy-rig.ts';
import { selfSigned, tlsSecret } from '../rig/objects/certificate.ts';
import { backend, endpointSlice, policy, service } from '../rig/objects/manifests.ts';
import { browserTest, startChromium, why } from '../rig/browser/chromium.ts';
import { OpenIdProvider } from '../rig/oidc/openid-provider.ts';
import { secret } from '../rig/pipeline/security-policy.ts';

const listener = { name: 'https', protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'cert' }] } };

browserTest(`a person logs in with a browser, stays logged in, and logs out${why}`, async () => {
  const provider = await OpenIdProvider.listening();
  const rig = await EnvoyRig.start({ listeners: ([port]) => [{ ...listener, port }] });
  const browser = await startChromium();
  try {
    const origin = `https://shop.test:${rig.port}`;
    provider.serve([
      {
        clientId: 'shop',
        clientSecret: 'secret',
        redirectUris: [`${origin}/oauth2/callback`],
        afterLogout: [`${origin}/`],
      },
    ]);
    await rig.backend('app');
    const oidc = {
      provider: {
        ...provider.endpoints,
        endSessionEndpoint: provider.endSessionEndpoint,
        backendRefs: [backend('idp')],
      },
      clientID: 'shop',
      clientSecret: { name: 'client' },
      forwardIDToken: { header: 'x-id-token' },
      cookieConfig: { sameSite: 'Lax' },
    };
    rig.apply([
      tlsSecret('cert', selfSigned(['shop.test'])),
      secret('client', { 'client-secret': 'secret' }),
      service('idp'),
      endpointSlice(['127.0.0.1'], { name: 'idp', service: 'idp', port: provider.port }),
      policy('SecurityPolicy', { targetRefs: [{ kind: 'HTTPRoute', name: 'shop' }], oidc }),
    ]);
    await rig.serve('shop', [{ backendRefs: [backend('app')] }]);

    const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
    await page.goto(`${origin}/cart?item=7`);
    expect(new URL(page.url()).origin).toBe(provider.origin);
    await page.fill('input[name=login]', 'ann');
    await page.fill('input[name=password]', 'any');
    await page.click('button[type=submit]');
    await page.waitForURL(`${origin}/cart?item=7`);
    const shown = JSON.parse(await page.innerText('body')) as { headers: Record<string, string[]> };
    const [idToken = ''] = shown.headers['x-id-token'] ?? [];
    const claims = Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(claims)).toMatchObject({ sub: 'ann' });

    const again = await page.goto(`${origin}/again`);
    expect([again?.status(), page.url()]).toEqual([200, `${origin}/again`]);

    await page.goto(`${origin}/logout`);
    await page.click('button[value=yes]');
    // Back at the shop without a session, and so at the page of login.
    await page.waitForSelector('input[name=login]');
    const cookies = (await page.context().cookies(origin)).map(({ name }) => name.split('-')[0]);
    expect(cookies.filter((name) => name === 'OauthHMAC' || name === 'AccessToken')).toEqual([]);
  } finally {
    await browser.close();
    await rig.close();
    await provider.close();
  }
});
