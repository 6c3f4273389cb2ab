package dev.parley.cli.dataset;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Table;
import dev.parley.cli.terminal.Terminal;
import dev.parley.data.Example;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.DatasetException;
import dev.parley.data.file.DatasetReader;
import dev.parley.data.file.DatasetWriter;
import dev.parley.data.file.Row;
import dev.parley.data.file.RowPlace;
import dev.parley.data.file.SkippedRows;
import dev.parley.data.part.Division;
import dev.parley.data.part.Part;
import dev.parley.data.similarity.PromptGroups;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Divides a dataset so that no prompt leaks from one part to another. */
@Command(
    name = "split",
    header = "Divide a dataset by prompt, so that none leaks from one part to another.",
    description = {
      "Rows whose conversations open alike stay together, and so do those whose openings (the turns"
          + " up to the first user turn) are near-duplicates: at least --near of their runs of"
          + " three words in common, as for dedup.",
      "",
      "A group's part follows from its text and --seed alone: with shares, other rows and their"
          + " order move nothing. A part of a number of rows may have a few less, since groups are"
          + " not torn.",
      "",
      "--check takes the parts as FILEs and refuses a division that leaks."
    },
    footer = {
      "Examples:",
      "  parley data split pairs.jsonl --part train=0.9 --part test=0.1 \\",
      "      --output-dir parts",
      "  parley data split pairs.jsonl --part test=500 --part train=rest \\",
      "      --format parquet --output-dir parts",
      "  parley data split --check parts/train.jsonl parts/test.jsonl"
    })
final class SplitCommand implements Callable<Integer> {

  private static final int LEAKS_LISTED = 20;

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Mixin private InputRows input;

  @Option(
      names = "--part",
      paramLabel = "NAME=SHARE|ROWS|rest",
      description = "A part; given once for each.")
  private List<String> parts = new ArrayList<>();

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description = "Where the parts go, each a file of its name.")
  private Path directory;

  @Option(
      names = "--format",
      paramLabel = "EXTENSION",
      defaultValue = "jsonl",
      description = "jsonl, jsonl.gz, csv, csv.gz, tsv, parquet. Default: ${DEFAULT-VALUE}.")
  private String format;

  @Mixin private OutputRows rows;

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--near",
      paramLabel = "SHARE",
      defaultValue = "0.8",
      description = "From which share prompts stay together. Default: ${DEFAULT-VALUE}.")
  private double near;

  @Option(names = "--exact", description = "Let near-duplicates of prompts go apart.")
  private boolean exact;

  @Option(names = "--check", description = "Only check that FILEs share no prompts.")
  private boolean check;

  SplitCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    PromptGroups groups = groups();
    if (check) {
      return check(groups);
    }
    if (directory == null || parts.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(),
          "expected --part, at least twice, and --output-dir; or --check and the parts");
    }
    if (!format.matches("(jsonl|csv|tsv)(\\.gz)?|parquet")) {
      throw new ParameterException(
          spec.commandLine(),
          "--format is \"%s\"; expected jsonl, csv or tsv, also with .gz, or parquet"
              .formatted(format));
    }
    List<Part> wanted = wanted();
    Division division = division(wanted);
    List<Path> files =
        wanted.stream().map(part -> directory.resolve(part.name() + "." + format)).toList();
    files.forEach(rows::requireNew);

    List<Integer> openings = new ArrayList<>();
    SkippedRows skipped =
        input.forEach(
            terminal, "grouping", row -> openings.add(groups.add(row.example().prompt())));
    int[] partOfRow = assign(groups, division, openings);
    write(files, partOfRow);
    InputRows.tell(terminal, skipped);
    report(groups, wanted, files, partOfRow);
    return ExitCode.OK;
  }

  private PromptGroups groups() {
    try {
      return new PromptGroups(exact ? OptionalDouble.empty() : OptionalDouble.of(near));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--near: " + e.getMessage(), e);
    }
  }

  private List<Part> wanted() {
    try {
      return parts.stream().map(Part::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--part: " + e.getMessage(), e);
    }
  }

  private Division division(List<Part> wanted) {
    try {
      return new Division(wanted, seed);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--part: " + e.getMessage(), e);
    }
  }

  /** The part of each row. */
  private static int[] assign(PromptGroups groups, Division division, List<Integer> openings) {
    Map<Integer, Long> sizes = new LinkedHashMap<>();
    for (int opening : openings) {
      sizes.merge(groups.group(opening), 1L, Long::sum);
    }
    List<Division.Group> line = new ArrayList<>();
    Map<Integer, Integer> indexes = new HashMap<>();
    sizes.forEach(
        (group, size) -> {
          indexes.put(group, line.size());
          line.add(new Division.Group(groups.fingerprint(group), size));
        });
    int[] partOfGroup;
    try {
      partOfGroup = division.assign(line);
    } catch (IllegalArgumentException e) {
      throw new Failure(e.getMessage(), "", e);
    }
    return openings.stream()
        .mapToInt(opening -> partOfGroup[indexes.get(groups.group(opening))])
        .toArray();
  }

  private void write(List<Path> files, int[] partOfRow) throws IOException {
    List<DatasetWriter> writers = new ArrayList<>();
    try {
      for (Path file : files) {
        writers.add(rows.create(file));
      }
      int[] next = {0};
      input.forEach(
          terminal,
          "writing",
          row -> {
            if (next[0] == partOfRow.length) {
              throw new Failure("the input grew while it was read", "Run it again.");
            }
            writers.get(partOfRow[next[0]++]).write(row.example());
          });
      for (DatasetWriter writer : writers) {
        writer.finish();
      }
    } finally {
      for (DatasetWriter writer : writers) {
        writer.close();
      }
    }
  }

  private void report(PromptGroups groups, List<Part> wanted, List<Path> files, int[] partOfRow) {
    Table table = new Table();
    table.row("rows", Quantity.exact(partOfRow.length), "");
    table.row("different openings", Quantity.exact(groups.openings()), "");
    if (!exact) {
      table.row("  kept with a near one", Quantity.exact(groups.joined()), "");
    }
    for (int part = 0; part < files.size(); part++) {
      int index = part;
      long count = Arrays.stream(partOfRow).filter(p -> p == index).count();
      table.row(
          wanted.get(part).name(),
          Quantity.exact(count),
          partOfRow.length == 0 ? "" : Quantity.percent((double) count / partOfRow.length),
          files.get(part).toString());
    }
    table.lines().forEach(terminal.out()::println);
  }

  /** What a group of prompts was first seen in. */
  private record Seen(int part, RowPlace place) {}

  private int check(PromptGroups groups) {
    List<List<Integer>> openings = new ArrayList<>();
    List<List<RowPlace>> places = new ArrayList<>();
    for (String file : input.files()) {
      openings.add(new ArrayList<>());
      places.add(new ArrayList<>());
      read(file, groups, openings.get(openings.size() - 1), places.get(places.size() - 1));
    }
    Map<Integer, Seen> seen = new HashMap<>();
    long leaks = 0;
    long all = 0;
    for (int part = 0; part < openings.size(); part++) {
      for (int i = 0; i < openings.get(part).size(); i++) {
        all++;
        RowPlace place = places.get(part).get(i);
        Seen first =
            seen.putIfAbsent(groups.group(openings.get(part).get(i)), new Seen(part, place));
        if (first == null || first.part() == part) {
          continue;
        }
        if (++leaks <= LEAKS_LISTED) {
          terminal.out().println("%s  asks what %s asks".formatted(place, first.place()));
        }
      }
    }
    if (leaks > LEAKS_LISTED) {
      terminal.out().println("and %s more".formatted(Quantity.exact(leaks - LEAKS_LISTED)));
    }
    if (leaks > 0) {
      throw new Failure(
          "%,d rows of later files ask what rows of earlier files ask".formatted(leaks),
          "Divide all rows anew with parley data split, or leave these out.");
    }
    terminal
        .out()
        .println(
            "%s rows in %d files: no prompt is in two of them"
                .formatted(Quantity.exact(all), openings.size()));
    return ExitCode.OK;
  }

  private void read(
      String file, PromptGroups groups, List<Integer> openings, List<RowPlace> places) {
    try (DatasetReader<Example> reader = Dataset.of(file).examples(input.options())) {
      while (reader.hasNext()) {
        Row<Example> row = reader.next();
        openings.add(groups.add(row.example().prompt()));
        places.add(row.place());
      }
    } catch (DatasetException e) {
      throw InputRows.failure(e);
    }
  }
}
