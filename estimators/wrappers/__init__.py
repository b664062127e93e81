"""Methods around a method: resampling, corrections, handling of missing answers, two stages."""
