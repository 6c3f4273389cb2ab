package dev.parley.model.vector;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.DecoderShape;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PagedCacheTest {

  private static final DecoderShape SHAPE = shape();
  private static final int PAGE = Page.TOKENS;

  private static DecoderShape shape() {
    try (LanguageModel model = TinyModel.create(1)) {
      return model.shape();
    }
  }

  private static int[] prompt(int first, int length) {
    return IntStream.range(first, first + length).toArray();
  }

  /** Opens a row and reads its whole prompt. */
  private static PagedRow read(PagedCache cache, int[] prompt, int room) {
    PagedRow row = cache.open(prompt, room).orElseThrow();
    int[] rest = Arrays.copyOfRange(prompt, row.length(), prompt.length);
    cache.prepare(row, rest.length);
    cache.read(row, rest);
    return row;
  }

  @Test
  void aRowsWholeRoomIsSetAsideWhenItIsOpened() {
    PagedCache cache = new PagedCache(SHAPE, 3);
    PagedRow first = cache.open(prompt(0, 2), 2 * PAGE).orElseThrow();
    assertThat(cache.open(prompt(100, 2), 2 * PAGE)).isEmpty();
    PagedRow second = cache.open(prompt(100, 2), PAGE).orElseThrow();
    cache.prepare(first, 2 * PAGE);
    cache.prepare(second, PAGE);
    assertThat(cache.tokensInUse()).isEqualTo(3L * PAGE);
  }

  @Test
  void rowsThatEndWithinAPageHaveRoomForAllTheirTokens() {
    int room = PAGE + 1;
    PagedCache cache = new PagedCache(SHAPE, PagedCache.pages(3 * room, 3));
    for (int row = 0; row < 3; row++) {
      assertThat(cache.open(prompt(100 * row, 2), room)).as("row %d", row).isPresent();
    }
  }

  @Test
  void rowsThatBeginAlikeShareFullPages() {
    PagedCache cache = new PagedCache(SHAPE, 8);
    PagedRow first = read(cache, prompt(0, 2 * PAGE + 3), 3 * PAGE);
    PagedRow second = read(cache, prompt(0, 2 * PAGE + 3), 3 * PAGE);
    assertThat(second.pages().subList(0, 2)).isEqualTo(first.pages().subList(0, 2));
    assertThat(second.pages().get(2)).isNotSameAs(first.pages().get(2));
    assertThat(cache.tokensInUse()).isEqualTo(4L * PAGE);
    assertThat(cache.reusedTokens()).isEqualTo(2L * PAGE);
  }

  @Test
  void thePromptsLastTokenIsLeftToRead() {
    PagedCache cache = new PagedCache(SHAPE, 8);
    read(cache, prompt(0, 2 * PAGE), 3 * PAGE);
    assertThat(cache.open(prompt(0, 2 * PAGE), 3 * PAGE).orElseThrow().length()).isEqualTo(PAGE);
  }

  @Test
  void pagesOfAnotherBeginningAreNotTaken() {
    PagedCache cache = new PagedCache(SHAPE, 8);
    int[] prompt = prompt(0, 2 * PAGE + 1);
    read(cache, prompt, 3 * PAGE);
    int[] other = prompt.clone();
    other[0] = 99;
    assertThat(cache.open(other, 3 * PAGE).orElseThrow().length()).isZero();
  }

  @Test
  void keptPagesGiveWayTheOldestFirstAndAPrefixFromItsEnd() {
    PagedCache cache = new PagedCache(SHAPE, 4);
    int[] old = prompt(0, 2 * PAGE + 1);
    int[] recent = prompt(500, PAGE + 1);
    cache.release(read(cache, old, 2 * PAGE + 1));
    cache.release(read(cache, recent, PAGE + 1));
    // The cache has four pages, three of which are kept; this takes the free one and the oldest.
    cache.release(read(cache, prompt(900, PAGE + 1), PAGE + 1));
    PagedRow row = cache.open(old, 2 * PAGE + 1).orElseThrow();
    assertThat(row.length()).isEqualTo(PAGE);
    cache.release(row);
    row = cache.open(recent, PAGE + 1).orElseThrow();
    assertThat(row.length()).isEqualTo(PAGE);
  }

  @Test
  void newWeightsEmptyTheCache() {
    PagedCache cache = new PagedCache(SHAPE, 4);
    int[] prompt = prompt(0, PAGE + 1);
    PagedRow old = read(cache, prompt, 2 * PAGE);
    cache.forgetPrefixes();
    PagedRow row = read(cache, prompt, 2 * PAGE);
    assertThat(row.pages().get(0)).isNotSameAs(old.pages().get(0));
    cache.release(old);
    cache.release(row);
    assertThat(cache.tokensInUse()).isZero();
    assertThat(cache.open(prompt(0, 3), 4 * PAGE)).isPresent();
  }

  @Test
  void aRowOfOldWeightsLeavesNothingForNewOnes() {
    PagedCache cache = new PagedCache(SHAPE, 4);
    PagedRow old = cache.open(prompt(0, PAGE + 1), 2 * PAGE).orElseThrow();
    cache.forgetPrefixes();
    cache.prepare(old, PAGE + 1);
    cache.read(old, prompt(0, PAGE + 1));
    cache.release(old);
    assertThat(cache.open(prompt(0, PAGE + 1), 2 * PAGE).orElseThrow().length()).isZero();
  }
}
