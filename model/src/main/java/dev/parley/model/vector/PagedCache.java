package dev.parley.model.vector;

import dev.parley.model.decoder.DecoderShape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The pages of all rows. A row's whole room is set aside when it is opened, so none ever waits half
 * way; its pages are handed out as it grows. Full pages are shared by rows that begin alike, and
 * those of ended rows are kept for the next that does until their room is needed.
 */
final class PagedCache {

  private final DecoderShape shape;
  private final int capacity;
  private final PrefixIndex index = new PrefixIndex();
  private final Deque<Page> free = new ArrayDeque<>();
  private int made;
  private int inUse;
  private int reserved;
  private long reusedTokens;
  private long epoch;

  /**
   * Prepares a cache; memory is taken as it is needed.
   *
   * @param shape of the decoder
   * @param pages most pages in all, see {@link #pages}
   */
  PagedCache(DecoderShape shape, int pages) {
    this.shape = shape;
    this.capacity = pages;
  }

  /**
   * Returns how many pages surely hold some tokens: of each row's last page a part may stay empty.
   *
   * @param tokens most tokens of all rows together
   * @param rows most rows at a time
   */
  static int pages(int tokens, int rows) {
    return pagesFor(tokens) + rows;
  }

  private static int pagesFor(int tokens) {
    return (tokens + Page.TOKENS - 1) / Page.TOKENS;
  }

  /** See {@link dev.parley.model.decoding.DecodeEngine#open}. */
  Optional<PagedRow> open(int[] prompt, int room) {
    List<Page> known = new ArrayList<>();
    PrefixIndex.Entry before = PrefixIndex.BEGINNING;
    for (int p = 0; p < (prompt.length - 1) / Page.TOKENS; p++) {
      int[] tokens = Arrays.copyOfRange(prompt, p * Page.TOKENS, (p + 1) * Page.TOKENS);
      Optional<Page> page = index.find(before, tokens);
      if (page.isEmpty()) {
        break;
      }
      known.add(page.get());
      before = page.get().entry;
    }
    int waking = (int) known.stream().filter(page -> page.holders == 0).count();
    int needed = pagesFor(room) - known.size();
    if (inUse + reserved + waking + needed > capacity) {
      return Optional.empty();
    }
    PagedRow row = new PagedRow(epoch, room);
    row.reserved = needed;
    reserved += needed;
    for (Page page : known) {
      hold(page);
      row.pages().add(page);
      row.entries().add(page.entry);
    }
    int length = known.size() * Page.TOKENS;
    row.read(prompt, 0, length);
    reusedTokens += length;
    return Optional.of(row);
  }

  private void hold(Page page) {
    if (page.holders++ == 0) {
      inUse++;
      index.use(page);
    }
  }

  /** See {@link dev.parley.model.decoding.DecodeEngine#adopt}. */
  void adopt(PagedRow row, PagedRow other, int length) {
    reusedTokens += length - row.length();
    int full = length / Page.TOKENS;
    for (int p = row.pages().size(); p < full; p++) {
      hold(other.pages().get(p));
      row.pages().add(other.pages().get(p));
      row.entries().add(other.entries().get(p));
      spend(row);
    }
    row.readAs(other, length);
    if (length % Page.TOKENS != 0) {
      grow(row);
      row.pages().get(full).copyFrom(other.pages().get(full));
    }
  }

  private void spend(PagedRow row) {
    row.reserved--;
    reserved--;
  }

  /** Makes sure that a row has pages for more tokens. */
  void prepare(PagedRow row, int more) {
    while (row.pages().size() * Page.TOKENS < row.length() + more) {
      grow(row);
    }
  }

  private void grow(PagedRow row) {
    if (row.reserved == 0) {
      throw new IllegalStateException(
          "a row of %d tokens has come to the end of its room".formatted(row.length()));
    }
    spend(row);
    Page page = free.poll();
    if (page == null && made < capacity) {
      page = new Page(shape);
      made++;
    } else if (page == null) {
      page = index.forgetOldest();
    }
    hold(page);
    row.pages().add(page);
  }

  /** Notes that a row's next tokens have been read into its pages. */
  void read(PagedRow row, int[] tokens) {
    row.read(tokens, 0, tokens.length);
    int full = row.length() / Page.TOKENS;
    for (int p = row.entries().size(); p < full && row.epoch() == epoch; p++) {
      PrefixIndex.Entry before = p == 0 ? PrefixIndex.BEGINNING : row.entries().get(p - 1);
      row.entries().add(index.add(row.pages().get(p), before, row.tokensOf(p)));
    }
  }

  /** Gives a row's pages back, the last first: of a prefix, the end is forgotten first. */
  void release(PagedRow row) {
    reserved -= row.reserved;
    row.reserved = 0;
    for (int p = row.pages().size() - 1; p >= 0; p--) {
      Page page = row.pages().get(p);
      if (--page.holders > 0) {
        continue;
      }
      inUse--;
      if (page.entry != null) {
        index.keep(page);
      } else {
        free.push(page);
      }
    }
    row.pages().clear();
  }

  /** Forgets all prefixes: they were read with weights that are gone. */
  void forgetPrefixes() {
    epoch++;
    free.addAll(index.clear());
  }

  /** Returns tokens in use, whole pages counted. */
  long tokensInUse() {
    return (long) inUse * Page.TOKENS;
  }

  /** Returns most tokens that can be held. */
  long capacity() {
    return (long) capacity * Page.TOKENS;
  }

  /** Returns how many tokens of prompts did not have to be read. */
  long reusedTokens() {
    return reusedTokens;
  }
}
