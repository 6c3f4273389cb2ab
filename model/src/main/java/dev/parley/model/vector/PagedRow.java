package dev.parley.model.vector;

import dev.parley.model.decoding.DecodeEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A sequence's pages, and the tokens that they hold. */
final class PagedRow implements DecodeEngine.Row {

  private final long epoch;
  private final List<Page> pages = new ArrayList<>();

  /** The place of each full page among prefixes. */
  private final List<PrefixIndex.Entry> entries = new ArrayList<>();

  private int[] tokens;
  private int length;

  /** Pages that it may still ask for. */
  int reserved;

  /**
   * Makes an empty row.
   *
   * @param epoch counts the weights
   * @param room tokens that it may come to
   */
  PagedRow(long epoch, int room) {
    this.epoch = epoch;
    this.tokens = new int[Math.min(room, 4 * Page.TOKENS)];
  }

  @Override
  public int length() {
    return length;
  }

  /** Returns which weights began it. */
  long epoch() {
    return epoch;
  }

  List<Page> pages() {
    return pages;
  }

  List<PrefixIndex.Entry> entries() {
    return entries;
  }

  /** Returns the tokens of one page, which is full. */
  int[] tokensOf(int page) {
    return Arrays.copyOfRange(tokens, page * Page.TOKENS, (page + 1) * Page.TOKENS);
  }

  /** Notes that tokens have been read. */
  void read(int[] more, int from, int count) {
    if (length + count > tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(length + count, 2 * tokens.length));
    }
    System.arraycopy(more, from, tokens, length, count);
    length += count;
  }

  /** Notes that it has what another row has read up to a length. */
  void readAs(PagedRow other, int upTo) {
    read(other.tokens, length, upTo - length);
  }
}
