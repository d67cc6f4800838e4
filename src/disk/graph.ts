/** An object of a graph: what it needs and what it gives, by name. */
export interface GraphNode {
  /** Unique: `luks.cryptroot`. */
  readonly name: string;
  /** Names that other nodes may need. */
  readonly gives: readonly string[];
  readonly needs: readonly string[];
}

/** The nodes in an order in which nothing comes before what it needs, or the cycles that make this impossible. */
export interface GraphOrder<Node extends GraphNode> {
  readonly order: readonly Node[];
  /** The names of the nodes of each cycle, in the direction of need; empty when there is none. */
  readonly cycles: readonly (readonly string[])[];
}

/**
 * Orders nodes so that each comes after everything it needs, and otherwise as they were. Names that no node gives are
 * left to who knows what they mean.
 */
export function orderByNeed<Node extends GraphNode>(nodes: readonly Node[]): GraphOrder<Node> {
  const givers = new Map<string, Node>();
  for (const node of nodes) for (const name of node.gives) givers.set(name, node);
  const order: Node[] = [];
  const cycles: string[][] = [];
  const done = new Set<Node>();
  const path: Node[] = [];
  const visit = (node: Node): void => {
    if (done.has(node)) return;
    const index = path.indexOf(node);
    if (index !== -1) {
      cycles.push(path.slice(index).map(({ name }) => name));
      return;
    }
    path.push(node);
    for (const need of node.needs) {
      const giver = givers.get(need);
      if (giver !== undefined) visit(giver);
    }
    path.pop();
    done.add(node);
    order.push(node);
  };
  for (const node of nodes) visit(node);
  return { order, cycles };
}
