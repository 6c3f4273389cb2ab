package dev.parley.cli.models;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Progress;
import dev.parley.cli.terminal.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A model whose files are objects of an S3 bucket, or of another server that speaks S3.
 *
 * @param bucket the bucket
 * @param prefix what the keys of its files begin with, a slash at its end; empty for the bucket's
 *     top
 */
record S3Model(String bucket, String prefix) {

  private static final Pattern FORM = Pattern.compile("s3://([a-z0-9][a-z0-9.-]+)(?:/(.*))?");
  private static final String SCHEME = "s3://";

  private static final int FILES_AT_ONCE = 4;

  /** Attempts in a row that bring nothing new before giving up. */
  private static final int FRUITLESS_ATTEMPTS = 5;

  private static final int FORBIDDEN = 403;

  /** Whether a source is meant to be of this kind. */
  static boolean isNamed(String source) {
    return source.startsWith(SCHEME);
  }

  /**
   * Reads {@code s3://BUCKET/PREFIX}.
   *
   * @throws Failure if it has another form
   */
  static S3Model parse(String source) {
    Matcher parts = FORM.matcher(source);
    if (!parts.matches()) {
      throw new Failure("%s is no place in S3; expected s3://BUCKET/PREFIX".formatted(source), "");
    }
    String prefix = parts.group(2) == null ? "" : parts.group(2).replaceAll("/+$", "");
    return new S3Model(parts.group(1), prefix.isEmpty() ? "" : prefix + "/");
  }

  /**
   * Brings the files; those that an earlier attempt brought are not fetched again.
   *
   * @param work where to put them
   * @param environment names the server and the credentials
   * @return the directory with the files
   * @throws Failure if there are none, or the server refuses
   */
  Path fetch(Path work, Map<String, String> environment, Terminal terminal)
      throws IOException, InterruptedException {
    Path parts = Files.createDirectories(work.resolve("parts"));
    Path files = Files.createDirectories(work.resolve("files"));
    try (S3Client client = client(environment)) {
      List<S3Object> objects = objects(client);
      long total = objects.stream().mapToLong(S3Object::size).sum();
      try (Progress progress = Progress.ofBytes(terminal, this + ": files", total)) {
        List<Callback> transfers = new ArrayList<>();
        for (S3Object object : objects) {
          transfers.add(() -> bring(client, object, parts, files, progress));
        }
        all(transfers);
      }
      return files;
    } catch (NoSuchBucketException e) {
      throw new Failure("there is no bucket \"" + bucket + "\"", "", e);
    } catch (S3Exception e) {
      throw new Failure(
          "%s: the server refuses: %s".formatted(this, e.getMessage()),
          e.statusCode() == FORBIDDEN ? "Check AWS_ACCESS_KEY_ID and its rights." : "",
          e);
    } catch (SdkException e) {
      throw new Failure(
          "%s cannot be fetched: %s".formatted(this, e.getMessage()),
          "Check the network, AWS_ENDPOINT_URL and the credentials. What is here is kept.",
          e);
    }
  }

  /** What replaces the deprecated setting still sends a header that other servers refuse. */
  @SuppressWarnings("deprecation")
  private static S3Client client(Map<String, String> environment) {
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .credentialsProvider(credentials(environment))
            .crossRegionAccessEnabled(true)
            .region(
                Region.of(
                    value(environment, "AWS_REGION")
                        .or(() -> value(environment, "AWS_DEFAULT_REGION"))
                        .orElse("us-east-1")));
    value(environment, "AWS_ENDPOINT_URL_S3")
        .or(() -> value(environment, "AWS_ENDPOINT_URL"))
        .ifPresent(
            endpoint ->
                // Other servers than Amazon's have no host name for each bucket, and some refuse to
                // be asked for checksums.
                builder
                    .endpointOverride(URI.create(endpoint))
                    .forcePathStyle(true)
                    .serviceConfiguration(
                        S3Configuration.builder().checksumValidationEnabled(false).build())
                    .crossRegionAccessEnabled(false));
    return builder.build();
  }

  private static AwsCredentialsProvider credentials(Map<String, String> environment) {
    Optional<String> key = value(environment, "AWS_ACCESS_KEY_ID");
    Optional<String> secret = value(environment, "AWS_SECRET_ACCESS_KEY");
    if (key.isEmpty() || secret.isEmpty()) {
      return DefaultCredentialsProvider.create();
    }
    return StaticCredentialsProvider.create(
        value(environment, "AWS_SESSION_TOKEN").isPresent()
            ? AwsSessionCredentials.create(
                key.get(), secret.get(), environment.get("AWS_SESSION_TOKEN"))
            : AwsBasicCredentials.create(key.get(), secret.get()));
  }

  private static Optional<String> value(Map<String, String> environment, String name) {
    return Optional.ofNullable(environment.get(name)).filter(text -> !text.isBlank());
  }

  private List<S3Object> objects(S3Client client) {
    List<S3Object> objects =
        client
            .listObjectsV2Paginator(list -> list.bucket(bucket).prefix(prefix).delimiter("/"))
            .contents()
            .stream()
            // A directory that a tool made has an object of its own.
            .filter(object -> !name(object).isEmpty())
            .toList();
    if (objects.isEmpty()) {
      throw new Failure(
          "there is nothing at " + this,
          "A model's files lie right below the prefix, as in s3://BUCKET/PREFIX/config.json.");
    }
    return objects;
  }

  private String name(S3Object object) {
    return object.key().substring(prefix.length());
  }

  private void bring(S3Client client, S3Object object, Path parts, Path files, Progress progress)
      throws IOException, InterruptedException {
    String etag = object.eTag();
    // The etag is part of the name, so that what was fetched of another version is not taken up.
    Path whole = files.resolve(name(object));
    Path part = parts.resolve(etag.replaceAll("[^A-Za-z0-9-]", "") + "." + name(object));
    long have = Files.exists(part) ? Files.size(part) : 0;
    progress.skip(have);
    int fruitless = 0;
    while (have < object.size() || !Files.exists(part)) {
      long before = have;
      try {
        append(client, object, part, have, progress);
      } catch (IOException e) {
        // The connection broke; the SDK itself tries again only before the first byte.
        have = Files.exists(part) ? Files.size(part) : 0;
        fruitless = have > before ? 0 : fruitless + 1;
        if (fruitless == FRUITLESS_ATTEMPTS) {
          throw e;
        }
        progress.note("%s: %s; going on".formatted(name(object), e.getMessage()));
      }
      have = Files.exists(part) ? Files.size(part) : 0;
    }
    Files.copy(part, whole, StandardCopyOption.REPLACE_EXISTING);
  }

  private void append(S3Client client, S3Object object, Path part, long have, Progress progress)
      throws IOException, InterruptedException {
    GetObjectRequest.Builder request =
        GetObjectRequest.builder().bucket(bucket).key(object.key()).ifMatch(object.eTag());
    if (have > 0) {
      request.range("bytes=" + have + "-");
    }
    byte[] buffer = new byte[1 << 17];
    try (InputStream in = client.getObject(request.build());
        OutputStream out =
            Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      int read;
      while ((read = in.read(buffer)) > 0) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        out.write(buffer, 0, read);
        progress.add(read);
      }
    }
  }

  /** One transfer. */
  @FunctionalInterface
  private interface Callback {
    void run() throws IOException, InterruptedException;
  }

  private static void all(List<Callback> transfers) throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(FILES_AT_ONCE);
    try {
      List<Future<Void>> running = new ArrayList<>();
      for (Callback transfer : transfers) {
        running.add(
            threads.submit(
                () -> {
                  transfer.run();
                  return null;
                }));
      }
      for (Future<Void> future : running) {
        future.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      if (e.getCause() instanceof RuntimeException refusal) {
        throw refusal;
      }
      throw new IllegalStateException("a transfer ended in an unexpected way", e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  @Override
  public String toString() {
    return SCHEME + bucket + "/" + prefix;
  }
}
