public import JSON
internal import Foundation

/// The tables in `Tests/Reference`, found from the place of this source file, so that tests run from any folder.
public enum Reference {
  /// The path of a file or folder in `Tests/Reference`, such as `bandits/mab_01_two_arms.json`.
  public static func path(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Reference").appendingPathComponent(name).path
  }

  /// The bytes of a file in `Tests/Reference`.
  public static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// A JSON file in `Tests/Reference`.
  public static func json(_ name: String) throws -> JSONCursor {
    JSONCursor(try JSONValue.parse(try bytes(name)))
  }

  /// The names of the files in a folder of `Tests/Reference` that end in `suffix`, in order.
  public static func files(in folder: String, suffix: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(folder)).filter { $0.hasSuffix(suffix) }.sorted()
      .map { "\(folder)/\($0)" }
  }
}
