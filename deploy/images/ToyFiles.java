import dev.parley.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Writes what the images are tried on: a language model, a reward model and data, some kilobytes each. */
public final class ToyFiles {
  private ToyFiles() {}

  public static void main(String[] arguments) throws IOException {
    Path directory = Path.of(arguments[0]);
    TinyModel.write(directory.resolve("model"), 1);
    TinyModel.writeReward(directory.resolve("reward"), 2);
    Files.writeString(
        directory.resolve("demonstrations.jsonl"),
        IntStream.range(0, 64)
            .mapToObj(ToyFiles::demonstration)
            .collect(Collectors.joining("\n", "", "\n")));
  }

  private static String demonstration(int number) {
    return """
        {"messages": [{"role": "user", "content": "echo %1$d"}, {"role": "assistant", "content": "%1$d %1$d"}]}"""
        .formatted(number);
  }
}
