/** Told, when a command has ended, how it did and what it printed: lines. */
type CommandEnded = (how: string, output: readonly string[]) => void;

/** Told of each command that begins, as a user could type it; gives what is to be told of its end. */
export type CommandObserver = (command: string) => CommandEnded;

let observer: CommandObserver | undefined;

/**
 * Has every command of this process told to an observer until what it returns is disposed: whichever room runs it, and
 * before the first step as well.
 */
export function observeCommands(next: CommandObserver): Disposable {
  const before = observer;
  observer = next;
  return {
    [Symbol.dispose]: () => {
      observer = before;
    },
  };
}

/** To be called when a command begins; `undefined` where nobody wants to know. */
export function observeCommand(command: string): CommandEnded | undefined {
  return observer?.(command);
}
