internal import Synchronization

/// A value that is worked out when first asked for and kept, safely from several threads.
///
/// The value depends on nothing but what its owner was made from, so that who asks first makes no difference.
final class Lazily<Value: Sendable>: Sendable {
  private let state = Mutex<Result<Value, RewardDistanceError>?>(nil)

  /// Whether the value was asked for before.
  var isMade: Bool { state.withLock { $0 != nil } }

  func value(_ make: () throws(RewardDistanceError) -> Value) throws(RewardDistanceError) -> Value {
    let result = state.withLock { kept -> Result<Value, RewardDistanceError> in
      if let kept { return kept }
      let made: Result<Value, RewardDistanceError>
      do throws(RewardDistanceError) {
        made = .success(try make())
      } catch {
        made = .failure(error)
      }
      kept = made
      return made
    }
    return try result.get()
  }
}
