package dev.parley.data.shape;

import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import java.util.Set;

/**
 * ShareGPT's and LLaMA-Factory's demonstrations: {@code conversations}, a list of {@code from} and
 * {@code value}.
 */
final class ShareGptShape implements RowShape {

  @Override
  public String name() {
    return "sharegpt";
  }

  @Override
  public Set<String> requires() {
    return Set.of("conversations");
  }

  @Override
  public Set<String> excludes() {
    return Set.of(
        "prompt",
        "completion",
        "chosen",
        "rejected",
        "messages",
        "instruction",
        "label",
        "kto_tag");
  }

  @Override
  public Example read(RowFields row) {
    return new Demonstration(ShareGptTurns.conversation(row), row.origin());
  }
}
