/** Remembers so many ids; the one added longest ago is forgotten first. */
export interface RecentIds {
  add(id: string): void;
  has(id: string): boolean;
}

export const createRecentIds = (limit = 5000): RecentIds => {
  const ids = new Set<string>();
  return {
    add(id) {
      ids.add(id);
      for (const oldest of ids) {
        if (ids.size <= limit) break;
        ids.delete(oldest);
      }
    },
    has: (id) => ids.has(id),
  };
};
