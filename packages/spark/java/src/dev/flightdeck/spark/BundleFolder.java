package dev.flightdeck.spark;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkFiles;

/**
 * Unpacks a search's bundle once for an executor. A bundle is a row of files: the length of the name, the name, the length of the content, the
 * content; lengths are big-endian integers of four bytes.
 */
final class BundleFolder {
  private static final Map<String, File> FOLDERS = new HashMap<>();

  private BundleFolder() {}

  static File of(String bundle) throws IOException {
    synchronized (FOLDERS) {
      File known = FOLDERS.get(bundle);
      if (known != null) return known;
      File folder = unpack(find(bundle));
      FOLDERS.put(bundle, folder);
      return folder;
    }
  }

  /** Spark puts a session's files into a folder whose name only the server knows. */
  private static Path find(String bundle) throws IOException {
    Path root = Path.of(SparkFiles.getRootDirectory());
    try (Stream<Path> paths = Files.walk(root, 3)) {
      return paths
          .filter(path -> path.getFileName().toString().equals(bundle))
          .findFirst()
          .orElseThrow(() -> new IOException("the file " + bundle + " did not reach this executor"));
    }
  }

  private static File unpack(Path file) throws IOException {
    Path folder = Files.createTempDirectory(file.toAbsolutePath().normalize().getParent(), "bundle-");
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (int count = in.readInt(); count > 0; count--) {
        Path target = folder.resolve(new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8)).normalize();
        if (!target.startsWith(folder)) throw new IOException("a file of the bundle leads out of its folder");
        Files.createDirectories(target.getParent());
        Files.write(target, in.readNBytes(in.readInt()));
      }
    }
    return folder.toFile();
  }
}
