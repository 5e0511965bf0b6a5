/** Checks padded base64 with spaces anywhere, as YAML folds long text. One look a character: a Secret has up to 1 MiB. */
export function isBase64(text: string): boolean {
  let digits = 0;
  let padding = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (isSpace(code)) continue;
    if (code === equalsSign) padding++;
    else if (padding > 0 || !isDigit(code)) return false;
    else digits++;
  }
  return padding <= 2 && (digits + padding) % 4 === 0;
}

const equalsSign = 0x3d;

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isDigit(code: number): boolean {
  return (
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2f
  );
}
