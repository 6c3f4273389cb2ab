package dev.parley.data.file;

import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Text in UTF-8; bytes that are none are an error, never a replacement character. */
final class StrictText {

  private StrictText() {}

  /** Reads text. */
  static Reader reader(InputStream in) {
    return new InputStreamReader(in, decoder());
  }

  /** Decodes text that is read as bytes. */
  static CharsetDecoder decoder() {
    return StandardCharsets.UTF_8
        .newDecoder()
        .onMalformedInput(CodingErrorAction.REPORT)
        .onUnmappableCharacter(CodingErrorAction.REPORT);
  }
}
