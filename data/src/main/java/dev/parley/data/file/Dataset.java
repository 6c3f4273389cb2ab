package dev.parley.data.file;

import dev.parley.data.ChatTurn;
import dev.parley.data.Defect;
import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.Preference;
import dev.parley.data.PromptRow;
import dev.parley.data.Ranking;
import dev.parley.data.Rating;
import dev.parley.data.Solution;
import dev.parley.data.Verdict;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The files that make one dataset, in reading order.
 *
 * @param files the files; at least one
 */
public record Dataset(List<Path> files) {

  private static final Pattern ROW_FILE =
      Pattern.compile(".*\\.(jsonl?(\\.gz)?|[ct]sv(\\.gz)?|parquet)");
  private static final Pattern WILDCARD = Pattern.compile("[*?\\[{]");
  private static final int FILES_LISTED = 8;

  /** Copies the list. */
  public Dataset {
    files = List.copyOf(files);
    if (files.isEmpty()) {
      throw DatasetException.ofFile("no files were named; expected at least one file of rows");
    }
  }

  /**
   * The dataset of some names, each one a file, a directory (its {@code .jsonl}, {@code .json},
   * {@code .csv}, {@code .tsv} files, also with {@code .gz}, and {@code .parquet}, sorted by name;
   * directories inside it are not entered) or a pattern such as {@code data/*.jsonl} or {@code
   * data/**.jsonl.gz}. A file that several names reach is read once.
   *
   * @throws DatasetException if a name reaches nothing; the message says what is there
   */
  public static Dataset of(String... names) {
    Set<Path> files = new LinkedHashSet<>();
    for (String name : names) {
      files.addAll(resolve(name));
    }
    return new Dataset(List.copyOf(files));
  }

  /** Reads every row as what it is. */
  public DatasetReader<Example> examples(ReadOptions options) {
    return new DatasetReader<>(files, options, Function.identity());
  }

  /**
   * Reads demonstrations. A prompt with a {@code response} beside it, as {@code parley generate}
   * writes it, is one; any other row is bad.
   */
  public DatasetReader<Demonstration> demonstrations(ReadOptions options) {
    return new DatasetReader<>(
        files, options, only(Demonstration.class, "demonstrations").compose(Dataset::answered));
  }

  private static Example answered(Example example) {
    if (!(example instanceof PromptRow row) || !row.metadata().containsKey("response")) {
      return example;
    }
    List<ChatTurn> conversation = new ArrayList<>(row.prompt());
    conversation.add(ChatTurn.assistant(row.metadata().get("response")));
    return new Demonstration(conversation, row.metadata().getOrDefault("source", ""));
  }

  /** Reads preferences; a row that is something else is bad. */
  public DatasetReader<Preference> preferences(ReadOptions options) {
    return new DatasetReader<>(files, options, only(Preference.class, "preferences"));
  }

  /** Reads preferences and rankings, which are several in one row. Any other row is bad. */
  public DatasetReader<Example> comparisons(ReadOptions options) {
    return new DatasetReader<>(
        files,
        options,
        example -> {
          if (!(example instanceof Preference || example instanceof Ranking)) {
            throw new InvalidExampleException(
                Defect.WRONG_KIND,
                "the row is a %s; expected preferences or rankings".formatted(example.kind()));
          }
          return example;
        });
  }

  /** Reads ratings; a row that is something else is bad. */
  public DatasetReader<Rating> ratings(ReadOptions options) {
    return new DatasetReader<>(files, options, only(Rating.class, "ratings"));
  }

  /** Reads solutions in labelled steps; a row that is something else is bad. */
  public DatasetReader<Solution> solutions(ReadOptions options) {
    return new DatasetReader<>(files, options, only(Solution.class, "solutions"));
  }

  /**
   * Reads verdicts. Of a preference the chosen answer counts as good and the rejected one as bad;
   * of a tie, neither. Any other row is bad.
   */
  public DatasetReader<Example> verdicts(ReadOptions options) {
    return new DatasetReader<>(
        files,
        options,
        example -> {
          if (!(example instanceof Verdict || example instanceof Preference)) {
            throw new InvalidExampleException(
                Defect.WRONG_KIND,
                "the row is a %s; expected answers with a verdict each, or preferences%s"
                    .formatted(
                        example.kind(),
                        example instanceof Ranking
                            ? "; an answer in the middle of a ranking is neither good nor bad"
                            : ""));
          }
          return example;
        });
  }

  /** Reads prompts, which every row has: see {@link Example#asPrompt}. */
  public DatasetReader<PromptRow> prompts(ReadOptions options) {
    return new DatasetReader<>(files, options, Example::asPrompt);
  }

  private static <T extends Example> Function<Example, T> only(Class<T> kind, String wanted) {
    return example -> {
      if (!kind.isInstance(example)) {
        throw new InvalidExampleException(
            Defect.WRONG_KIND, "the row is a %s; expected %s".formatted(example.kind(), wanted));
      }
      return kind.cast(example);
    };
  }

  private static List<Path> resolve(String name) {
    try {
      Path path = asPath(name);
      if (path != null && Files.isDirectory(path)) {
        return rowFilesIn(path);
      }
      if (path != null && Files.exists(path)) {
        return List.of(path);
      }
      if (WILDCARD.matcher(name).find()) {
        return matches(name);
      }
      throw DatasetException.ofFile(
          "there is no file %s; %s".formatted(name, neighbours(Path.of(name))));
    } catch (IOException e) {
      throw DatasetException.ofFile("%s cannot be listed: %s".formatted(name, e.getMessage()), e);
    }
  }

  /** The path of a name, or null where only a pattern can be meant. */
  private static Path asPath(String name) {
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static List<Path> rowFilesIn(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(directory)) {
      files = entries.filter(Dataset::isRowFile).sorted().toList();
    }
    if (files.isEmpty()) {
      throw DatasetException.ofFile(
          "the directory %s holds no .jsonl, .json, .csv or .tsv files (plain or .gz) and no .parquet; %s"
              .formatted(directory, listing(directory)));
    }
    return files;
  }

  private static boolean isRowFile(Path path) {
    return Files.isRegularFile(path) && ROW_FILE.matcher(path.getFileName().toString()).matches();
  }

  private static List<Path> matches(String pattern) throws IOException {
    // The pattern's directories up to the first wildcard are where the search begins.
    int wildcard = pattern.length();
    var matcher = WILDCARD.matcher(pattern);
    if (matcher.find()) {
      wildcard = matcher.start();
    }
    int slash = pattern.lastIndexOf('/', wildcard);
    Path start = slash < 0 ? Path.of("") : Path.of(pattern.substring(0, slash + 1));
    if (!Files.isDirectory(start)) {
      throw DatasetException.ofFile(
          "the pattern %s begins in %s, which is no directory".formatted(pattern, start));
    }
    PathMatcher glob = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    List<Path> files = new ArrayList<>();
    try (Stream<Path> tree = Files.walk(start)) {
      tree.filter(path -> glob.matches(path) && Files.isRegularFile(path))
          .sorted()
          .forEach(files::add);
    }
    if (files.isEmpty()) {
      throw DatasetException.ofFile("no file matches %s; %s".formatted(pattern, listing(start)));
    }
    return files;
  }

  private static String neighbours(Path missing) throws IOException {
    Path parent = missing.toAbsolutePath().getParent();
    return parent != null && Files.isDirectory(parent)
        ? listing(parent)
        : "nor a directory " + parent;
  }

  private static String listing(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      List<String> names = entries.map(path -> path.getFileName().toString()).sorted().toList();
      if (names.isEmpty()) {
        return directory.toAbsolutePath() + " is empty";
      }
      String shown = names.stream().limit(FILES_LISTED).collect(Collectors.joining(", "));
      return "%s holds %s%s"
          .formatted(
              directory.toAbsolutePath(),
              shown,
              names.size() > FILES_LISTED
                  ? " and %d more".formatted(names.size() - FILES_LISTED)
                  : "");
    }
  }
}
