package dev.parley.data.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** The JSON dialect of datasets: strict, no key twice, nothing behind a value. */
final class RowJson {

  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  /** Reads one value of several. */
  static final ObjectReader ELEMENTS =
      MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private RowJson() {}

  /** Jackson's complaint in one line, with the column. */
  static String complaint(JsonProcessingException e) {
    String reason = e.getOriginalMessage().lines().findFirst().orElse("");
    return e.getLocation() == null
        ? reason
        : "column " + e.getLocation().getColumnNr() + ": " + reason;
  }
}
