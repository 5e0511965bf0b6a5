/**
 * Asks Sluice for a page of JSON. The caller knows its shape.
 *
 * @param {string} page
 * @param {Readonly<Record<string, string>>} query
 * @returns {Promise<unknown>}
 */
export async function ask(page, query) {
  const response = await fetch(`/debug/console/${page}?${new URLSearchParams(query)}`);
  if (!response.ok) throw new Error(`${response.status}: ${(await response.text()).trim()}`);
  return response.json();
}
