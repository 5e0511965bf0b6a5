/**
 * Says a duration by its two largest parts.
 *
 * @param {number} ms
 */
export function duration(ms) {
  if (ms < 1) return ms <= 0 ? '0' : `${ms.toFixed(2)} ms`;
  if (ms < 1000) return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * Says a number in four characters or so.
 *
 * @param {number} value
 */
export function amount(value) {
  if (value === 0) return '0';
  if (value < 10) return Number.isInteger(value) ? String(value) : value.toFixed(1);
  if (value < 10_000) return String(Math.round(value));
  return value < 1e6 ? `${(value / 1e3).toFixed(value < 1e5 ? 1 : 0)} k` : `${(value / 1e6).toFixed(1)} M`;
}

/** @param {number} dateMs */
export function until(dateMs) {
  const left = dateMs - Date.now();
  return left <= 0 ? 'now' : `in ${duration(left)}`;
}
