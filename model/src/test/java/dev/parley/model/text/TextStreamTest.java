package dev.parley.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class TextStreamTest {
  @TempDir Path directory;

  @TestFactory
  List<DynamicTest> piecesTogetherAreTheWholeDecoding() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String name : TextFixtures.tokenizerNames()) {
      tests.add(dynamicTest(name, () -> checkRandomIds(name)));
    }
    return tests;
  }

  private static void checkRandomIds(String name) {
    Random random = new Random(5);
    try (Tokenizer tokenizer = TextFixtures.tokenizer(name)) {
      for (int round = 0; round < 300; round++) {
        // Ids beyond the vocabulary among them, and mostly the short tokens that split characters.
        int bound = round % 2 == 0 ? tokenizer.vocabularySize() + 3 : 300;
        int[] ids = random.ints(random.nextInt(30), 0, bound).toArray();
        boolean skip = random.nextBoolean();
        assertThat(String.join("", pieces(tokenizer.stream(List.of(), skip), ids)))
            .isEqualTo(tokenizer.decode(ids, skip));
      }
    }
  }

  private static List<String> pieces(TextStream stream, int... ids) {
    List<String> pieces = new ArrayList<>();
    for (int id : ids) {
      pieces.add(stream.push(id).text());
    }
    pieces.add(stream.finish().text());
    return pieces;
  }

  private static int[] utf8(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = bytes[i] & 0xff;
    }
    return ids;
  }

  @Test
  void halfACharacterIsHeldBack() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThat(pieces(tokenizer.stream(List.of(), false), utf8("aé😀")))
          .containsExactly("a", "", "é", "", "", "", "😀", "");
    }
  }

  @Test
  void brokenCharacterIsReplacedOnceItCannotBeCompleted() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThat(pieces(tokenizer.stream(List.of(), false), 0xe2, 0x82, 'a', 0xf0))
          .containsExactly("", "", "\ufffda", "", "\ufffd");
    }
  }

  @Test
  void runOfByteTokensIsHeldBackToItsEnd() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.pieces(directory))) {
      int[] ids = {
        TinyTokenizers.SPACE_HELLO, 0xc3 + 3, 0xa9 + 3, TinyTokenizers.HELLO, 0xc3 + 3, 'x' + 3
      };
      assertThat(pieces(tokenizer.stream(List.of(), false), ids))
          .containsExactly("hello", "", "", "éhello", "", "", "\ufffd\ufffd");
    }
  }

  @Test
  void onlyTheFirstSpaceOfAllIsTakenAway() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.pieces(directory))) {
      int[] ids = {TinyTokenizers.SPACE, TinyTokenizers.SPACE_HELLO, TinyTokenizers.SPACE_HELLO};
      assertThat(pieces(tokenizer.stream(List.of(), false), ids))
          .containsExactly("", " hello", " hello", "");
    }
  }

  @Test
  void specialTokensAreShownOrSkipped() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      int[] ids = {'a', TinyTokenizers.END};
      assertThat(pieces(tokenizer.stream(List.of(), false), ids)).containsExactly("a", "<end>", "");
      assertThat(pieces(tokenizer.stream(List.of(), true), ids)).containsExactly("a", "", "");
    }
  }

  @Test
  void stopStringIsFoundAcrossTokensAndCutOff() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      TextStream stream = tokenizer.stream(List.of("stop"), false);
      assertThat(pieces(stream, 'a', 's', 't')).containsExactly("a", "", "", "st");

      TextStream stopped = tokenizer.stream(List.of("stop"), false);
      for (int id : utf8("a sto")) {
        assertThat(stopped.push(id).stop()).isEmpty();
      }
      assertThat(stopped.push('p')).isEqualTo(new TextStream.Piece("", Optional.of("stop")));
      assertThat(stopped.finish().text()).isEmpty();
      assertThatThrownBy(() -> stopped.push('x'))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("'stop'");
    }
  }

  @Test
  void textThatTurnsOutToBeNoStopStringIsReleased() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThat(pieces(tokenizer.stream(List.of("aab"), false), utf8("aaac!")))
          .containsExactly("", "", "a", "aac", "!", "");
    }
  }

  @Test
  void firstStopStringToEndWinsAndThenTheLongest() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThat(stopOf(tokenizer, "xabcd", "abcd", "b")).isEqualTo("xa|b");
      assertThat(stopOf(tokenizer, "xabc", "c", "bc", "zbc")).isEqualTo("xa|bc");
    }
  }

  private static String stopOf(Tokenizer tokenizer, String text, String... stops) {
    TextStream stream = tokenizer.stream(List.of(stops), false);
    StringBuilder seen = new StringBuilder();
    for (int id : utf8(text)) {
      TextStream.Piece piece = stream.push(id);
      seen.append(piece.text());
      if (piece.stop().isPresent()) {
        return seen + "|" + piece.stop().get();
      }
    }
    return seen.toString();
  }

  @Test
  void stopStringMayEndWithWhatTheLastTokenHeldBack() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.pieces(directory))) {
      TextStream stream = tokenizer.stream(List.of("é"), false);
      stream.push(0xc3 + 3);
      assertThat(stream.push(0xa9 + 3).stop()).isEmpty();
      assertThat(stream.finish()).isEqualTo(new TextStream.Piece("", Optional.of("é")));
    }
  }

  @Test
  void streamingAgreesWithSearchingTheWholeText() {
    Random random = new Random(11);
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      for (int round = 0; round < 500; round++) {
        String text = word(random, 30);
        List<String> stops = List.of(word(random, 3) + "a", word(random, 2) + "b");
        TextStream stream = tokenizer.stream(stops, false);
        StringBuilder streamed = new StringBuilder();
        Optional<String> stop = Optional.empty();
        for (int i = 0; i < text.length() && stop.isEmpty(); i++) {
          TextStream.Piece piece = stream.push(text.charAt(i));
          streamed.append(piece.text());
          stop = piece.stop();
        }
        streamed.append(stream.finish().text());
        assertThat(streamed.toString()).isEqualTo(naivelyCut(text, stops));
      }
    }
  }

  private static String word(Random random, int longest) {
    StringBuilder word = new StringBuilder();
    for (int i = random.nextInt(longest + 1); i > 0; i--) {
      word.append("abc".charAt(random.nextInt(3)));
    }
    return word.toString();
  }

  private static String naivelyCut(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      int longest = 0;
      for (String stop : stops) {
        if (text.substring(0, end).endsWith(stop)) {
          longest = Math.max(longest, stop.length());
        }
      }
      if (longest > 0) {
        return text.substring(0, end - longest);
      }
    }
    return text;
  }

  @Test
  void emptyStopStringIsRefused() {
    try (Tokenizer tokenizer = Tokenizer.open(TinyTokenizers.bytes(directory))) {
      assertThatThrownBy(() -> tokenizer.stream(List.of("a", ""), false))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("empty");
    }
  }

  @Test
  void decoderThatNeedsAllTokensIsNamedWhenAStreamIsAskedFor() {
    TinyTokenizers.with(
        TinyTokenizers.bytes(directory),
        "decoder",
        "{\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": true}");
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      assertThat(tokenizer.decode(new int[] {'a', 'b'}, false)).isEqualTo("a b");
      assertThatThrownBy(() -> tokenizer.stream(List.of(), false))
          .isInstanceOf(ModelTextException.class)
          .hasMessageContaining("WordPiece")
          .hasMessageContaining("ByteLevel");
    }
  }

  @Test
  void tokensWithoutADecoderAreWords() {
    TinyTokenizers.with(TinyTokenizers.bytes(directory), "decoder", "null");
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      int[] ids = {'a', 'b'};
      assertThat(String.join("", pieces(tokenizer.stream(List.of(), false), ids)))
          .isEqualTo(tokenizer.decode(ids, false))
          .isEqualTo("a b");
    }
  }
}
