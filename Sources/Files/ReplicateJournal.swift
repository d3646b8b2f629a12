internal import Foundation
internal import Synchronization

/// The rows of a run of replicates, written one line each as they are made: an interrupted run resumes from it, and the
/// journals of several machines merge to one answer.
///
/// The first line says which experiment it belongs to. Every further line holds a replicate's number, its values in
/// shortest round-trip form and a checksum; a line that was cut off by an interruption is recognised and made again.
public final class ReplicateJournal: Sendable {
  /// What is wrong with a journal.
  public enum Failure: Error, Equatable, Sendable, CustomStringConvertible {
    /// It cannot be opened, read or written.
    case file(path: String, reason: String)
    /// It belongs to another experiment.
    case otherExperiment(path: String)
    /// Its first line is missing or no experiment.
    case noExperiment(path: String)

    /// One sentence that says what is wrong, where, and how to mend it.
    public var description: String {
      switch self {
      case .file(let path, let reason): "journal \(path): \(reason)"
      case .otherExperiment(let path):
        "journal \(path) belongs to another experiment (problem, policies, seed or checkpoints differ); choose another path"
      case .noExperiment(let path): "\(path) is no journal of replicates; its first line names no experiment"
      }
    }
  }

  private let file: Mutex<FileHandle>

  private init(_ file: sending FileHandle) { self.file = Mutex(file) }

  /// Opens the journal at `path`, or begins one.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - experiment: One line that names the experiment with all that its numbers depend on.
  ///   - width: How many values a row holds.
  /// - Returns: The journal and the rows that it already holds.
  /// - Throws: ``Failure``.
  public static func open(
    path: String, experiment: String, width: Int
  ) throws(Failure) -> (journal: ReplicateJournal, rows: [Int: [Double]]) {
    var rows: [Int: [Double]] = [:]
    var sound = 0
    if FileManager.default.fileExists(atPath: path) {
      let content = try read(path: path)
      // A file cut off within its first line holds nothing yet.
      if content.experiment != nil || content.isWhole {
        guard content.experiment == experiment else { throw .otherExperiment(path: path) }
        rows = content.rows.filter { $0.value.count == width }
        sound = content.soundBytes
      }
    } else if !FileManager.default.createFile(atPath: path, contents: nil) {
      throw .file(path: path, reason: "it cannot be created; choose a path in an existing folder")
    }
    do {
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      try file.truncate(atOffset: UInt64(sound))
      try file.seekToEnd()
      if sound == 0 { try file.write(contentsOf: Data((experiment + "\n").utf8)) }
      return (ReplicateJournal(file), rows)
    } catch {
      throw .file(path: path, reason: (error as NSError).localizedDescription)
    }
  }

  /// Writes one row.
  ///
  /// - Throws: ``Failure/file(path:reason:)`` when the disk does not take it.
  public func append(_ replicate: Int, _ row: [Double]) throws(Failure) {
    let body = "\(replicate) " + row.map { "\($0)" }.joined(separator: " ")
    let line = Data("\(body) \(Self.checksum(body))\n".utf8)
    do {
      try file.withLock { try $0.write(contentsOf: line) }
    } catch {
      throw .file(path: "", reason: (error as NSError).localizedDescription)
    }
  }

  /// What a journal holds.
  public struct Content: Sendable {
    /// The first line; nil when it is not complete.
    public let experiment: String?
    /// The rows by replicate.
    public let rows: [Int: [Double]]
    /// How many bytes from the start are sound.
    let soundBytes: Int
    /// Whether the file ends where a line does.
    let isWhole: Bool
  }

  /// Reads the journal at `path` up to the first line that is damaged.
  ///
  /// - Throws: ``Failure/file(path:reason:)``.
  public static func read(path: String) throws(Failure) -> Content {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw .file(path: path, reason: (error as NSError).localizedDescription)
    }
    var experiment: String?
    var rows: [Int: [Double]] = [:]
    var start = data.startIndex
    while let end = data[start...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = String(decoding: data[start..<end], as: UTF8.self)
      if experiment == nil {
        experiment = line
      } else {
        guard let space = line.lastIndex(of: " ") else { break }
        let body = String(line[..<space])
        guard line[line.index(after: space)...] == checksum(body) else { break }
        let fields = body.split(separator: " ")
        guard let replicate = fields.first.flatMap({ Int($0) }) else { break }
        rows[replicate] = fields.dropFirst().compactMap { Double($0) }
      }
      start = data.index(after: end)
    }
    return Content(
      experiment: experiment, rows: rows, soundBytes: start - data.startIndex,
      isWhole: start == data.endIndex && !data.isEmpty)
  }

  /// The experiment and all rows of several journals that belong to one experiment.
  ///
  /// - Throws: ``Failure``.
  public static func merged(paths: [String]) throws(Failure) -> (experiment: String, rows: [Int: [Double]]) {
    var rows: [Int: [Double]] = [:]
    var header: String?
    for path in paths {
      let content = try read(path: path)
      guard let line = content.experiment else { throw .noExperiment(path: path) }
      guard header == nil || header == line else { throw .otherExperiment(path: path) }
      header = line
      rows.merge(content.rows) { first, _ in first }
    }
    return (header ?? "", rows)
  }

  /// FNV-1a of the text, in hexadecimal.
  private static func checksum(_ text: String) -> String {
    let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    return String(hash, radix: 16)
  }
}
