export interface OciReference {
  /** `HOST` or `HOST:PORT`, in lower case. */
  readonly registry: string;
  readonly repository: string;
  readonly reference: string;
  /** Hex, when the reference is a digest. */
  readonly digest: string | undefined;
}

/**
 * Reads `[oci://][registry/]repository[:tag][@sha256:…]` as container tools do: Docker Hub and `latest` are defaults, and
 * a digest beats a tag. https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests
 */
export function parseOciReference(url: string): OciReference | undefined {
  if (url.length > maxLength) return undefined;
  const text = url.startsWith('oci://') ? url.slice('oci://'.length) : url;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, path = '', tag, digest] = match;
  const { registry, repository } = splitRegistry(path);
  if (!isRegistry(registry) || repository.length > 255 || !repositoryPattern.test(repository))
    return undefined;
  return {
    registry: registryHost(registry),
    repository,
    reference: digest === undefined ? (tag ?? 'latest') : `sha256:${digest}`,
    digest,
  };
}

/** Returns the host that serves a registry's images; Docker Hub's differs from its usual name. */
export function registryHost(name: string): string {
  return dockerHubNames.has(name) ? 'registry-1.docker.io' : name.toLowerCase();
}

const dockerHub = 'docker.io';
const dockerHubNames: ReadonlySet<string> = new Set([dockerHub, 'index.docker.io']);

const maxLength = 1024;

const pattern = /^([^@]+?)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@sha256:([0-9a-f]{64}))?$/;
const part = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const repositoryPattern = new RegExp(`^${part}(?:/${part})*$`);

/** Takes the first part of a path as a registry when it cannot be part of a repository. */
function splitRegistry(path: string): { readonly registry: string; readonly repository: string } {
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(slash, 0));
  if (first === 'localhost' || /[.:[]/.test(first)) {
    const repository = path.slice(slash + 1);
    const isOfficial = first === dockerHub && !repository.includes('/');
    return { registry: first, repository: isOfficial ? `library/${repository}` : repository };
  }
  return { registry: dockerHub, repository: slash === -1 ? `library/${path}` : path };
}

/** Accepts a host as in a URL, without a hidden user, path or query. */
function isRegistry(registry: string): boolean {
  return (
    /^(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/.test(registry) &&
    URL.canParse(`https://${registry}/`)
  );
}
