import type { HttpSettings, RetryListener } from "./retry.ts";

/** Tells of every failed attempt that is repeated. */
export function retryLogger(
  log: (level: "debug" | "info" | "warning", message: string) => void,
  settings: HttpSettings,
): RetryListener {
  return (error, pause, attempt) => {
    const when = `attempt ${attempt + 1} of ${settings.attempts} in ${pause.toFixed(1)} s`;
    log("warning", `${error.message}; ${when}`);
  };
}
