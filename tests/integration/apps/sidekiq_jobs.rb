# frozen_string_literal: true

# What Sidekiq's workers do: `sidekiq -r ./sidekiq_jobs.rb`. A job leaves its answer in a list, in the Redis in
# which it was queued, with the name of the tenant whose worker it was.

require 'sidekiq'

Sidekiq.options[:poll_interval_average] = 0.2
Sidekiq.logger.level = Logger::INFO

def answer(list, value)
  Sidekiq.redis { |redis| redis.rpush("queue-answers:#{list}", "#{ENV.fetch('TENANT')} #{value}") }
end

class Work
  include Sidekiq::Worker

  def perform(list, value)
    answer(list, value)
  end
end

class Flaky
  include Sidekiq::Worker
  sidekiq_options retry: 3, backtrace: 2

  def perform(list, attempts)
    done = Sidekiq.redis { |redis| redis.incr("queue-attempts:#{list}") }
    raise "attempt #{done}" if done < attempts

    answer(list, done)
  end
end

class Hopeless
  include Sidekiq::Worker
  sidekiq_options retry: 0

  def perform(text)
    raise text
  end
end

class Long
  include Sidekiq::Worker

  def perform(list)
    answer(list, 'begun')
    Sidekiq.redis { |redis| redis.blpop("queue-answers:#{list}-end", timeout: 20) }
  end
end
