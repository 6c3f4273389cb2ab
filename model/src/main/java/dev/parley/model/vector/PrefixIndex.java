package dev.parley.model.vector;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds full pages by the tokens that they and the pages before them hold. Pages that no row uses
 * are kept until their room is needed; then the one that was used longest ago goes first.
 */
final class PrefixIndex {

  private final Map<Key, Page> pages = new HashMap<>();
  private final Set<Page> unused = new LinkedHashSet<>();
  private long entries;

  /** What comes before a prompt's first page. */
  static final Entry BEGINNING = new Entry(0, null);

  /**
   * A page's place among prefixes.
   *
   * @param id differs for different prefixes
   * @param key under which the page is found
   */
  record Entry(long id, Key key) {}

  /** The tokens of a page after the page before, which stands for all tokens before. */
  private static final class Key {
    private final long before;
    private final int[] tokens;

    Key(long before, int[] tokens) {
      this.before = before;
      this.tokens = tokens;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && key.before == before && Arrays.equals(key.tokens, tokens);
    }

    @Override
    public int hashCode() {
      return 31 * Long.hashCode(before) + Arrays.hashCode(tokens);
    }
  }

  /**
   * Finds a page.
   *
   * @param before the page before it, or {@link #BEGINNING}
   * @param tokens the tokens that it holds
   */
  Optional<Page> find(Entry before, int[] tokens) {
    return Optional.ofNullable(pages.get(new Key(before.id(), tokens)));
  }

  /**
   * Makes a page known, unless another with the same tokens is.
   *
   * @param page a full page in use
   * @param before the page before it, or {@link #BEGINNING}
   * @param tokens the tokens that it holds
   * @return the place of these tokens among prefixes
   */
  Entry add(Page page, Entry before, int[] tokens) {
    Key key = new Key(before.id(), tokens);
    Page known = pages.get(key);
    if (known != null) {
      return known.entry;
    }
    page.entry = new Entry(++entries, key);
    pages.put(key, page);
    return page.entry;
  }

  /** Keeps a page that no row uses any more. */
  void keep(Page page) {
    unused.add(page);
  }

  /** A row uses the page again. */
  void use(Page page) {
    unused.remove(page);
  }

  /** Forgets the page that no row has used for the longest time, and returns it. */
  Page forgetOldest() {
    Page oldest = unused.iterator().next();
    unused.remove(oldest);
    forget(oldest);
    return oldest;
  }

  private void forget(Page page) {
    pages.remove(page.entry.key());
    page.entry = null;
  }

  /** Forgets everything, and returns the pages that no row uses. */
  Set<Page> clear() {
    Set<Page> freed = new LinkedHashSet<>(unused);
    pages.values().forEach(page -> page.entry = null);
    pages.clear();
    unused.clear();
    return freed;
  }
}
