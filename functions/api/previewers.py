"""Clients that open links without a person: declared previewers, crawlers and scanners, and prefetching browsers.

No list is complete. Most mail scanners present themselves as browsers, which get a confirmation page anyway. A client
that is missing here counts as a program: its GET ends the wait. ConfirmLinks=always needs no list.
"""

import re

from aws_lambda_powertools.utilities.data_classes.common import BaseProxyEvent

# Names as in the User-Agent header, compared without regard to case. They must not match the users' own programs, so
# no name here is a common word. In-app browsers are left out on purpose, though some say Pinterest, Snapchat or Line.
# monperrus/crawler-user-agents has most of these names, with a source for each.
NAMES = (
    # Chats fetch a link as soon as it is posted.
    "Slackbot",  # Slackbot-LinkExpanding too; https://api.slack.com/robots
    "Slack-ImgProxy",
    "WhatsApp",  # Signal calls itself WhatsApp/2
    "TelegramBot",
    "Discordbot",
    "Mattermost-Bot",  # server/public/shared/httpservice of mattermost/mattermost
    "SkypeUriPreview",  # Skype and Microsoft Teams
    "MicrosoftPreview",  # https://aka.ms/MicrosoftPreview
    "ms-office",  # Word, Excel and Outlook open a link themselves before the browser does
    "Microsoft Office",
    "Rocket.Chat",  # after a browser's name
    "kakaotalk-scrap",
    "Notionbot",
    "Viber",
    "Synapse (bot",  # Matrix: https://github.com/element-hq/synapse
    "Matrix-Media-Repo",
    "ZulipURLPreview",
    "Chatwork LinkPreview",
    "Snap URL Preview Service",  # https://developers.snap.com/robots
    "SnapURLPreview",
    # Social networks. iMessage calls itself facebookexternalhit Facebot Twitterbot, KakaoTalk and LINE the first.
    "facebookexternalhit",  # https://developers.facebook.com/docs/sharing/webmasters/crawler
    "facebookcatalog",
    "Facebot",
    "meta-externalhit",
    "meta-externalfetcher",
    "meta-externalagent",
    "Twitterbot",
    "LinkedInBot",
    "redditbot",
    "Pinterestbot",
    "vkShare",
    "BlueskyPreviewBot",
    "Cardyb",  # Bluesky
    "Mastodon",
    # Services that make previews for other sites.
    "Embedly",
    "Iframely",
    "atlassian-bot",
    "ClickUpLinkUnfurler",
    "BufferLinkPreviewBot",
    "bitlybot",
    # Search engines, and the mail services of the same companies. Google-Apps-Script is left out: people write it.
    "Googlebot",  # https://developers.google.com/search/docs/crawling-indexing/overview-google-crawlers
    "GoogleOther",
    "GoogleImageProxy",
    "Google-PageRenderer",
    "Google-Read-Aloud",
    "Google-InspectionTool",
    "Google-Safety",
    "AdsBot-Google",
    "Mediapartners-Google",
    "Storebot-Google",
    "FeedFetcher-Google",
    "bingbot",  # https://www.bing.com/webmasters/help/which-crawlers-does-bing-use-8c184ec0
    "BingPreview",  # what Microsoft Defender has called itself
    "msnbot",
    "Applebot",  # https://support.apple.com/en-us/119829
    "Yahoo Link Preview",  # https://help.yahoo.com/kb/mail/yahoo-link-preview-SLN23615.html
    "YahooMailProxy",
    "DuckDuckBot",
    "YandexBot",
    "Baiduspider",
    # Assistants read the links in a conversation.
    "GPTBot",  # https://platform.openai.com/docs/bots
    "ChatGPT-User",
    "OAI-SearchBot",
    "ClaudeBot",
    "Claude-User",
    "PerplexityBot",
    "Perplexity-User",
    "Amazonbot",
    "Bytespider",
    "CCBot",
    # Mail scanners that name themselves, as reported by senders of mail.
    "Barracuda",
    "BarracudaCentral",
    "Proofpoint",
    "Mimecast",
    "SafeLinks",
    "CiscoSecureEmail",
    "virustotalcloud",
)

NAMED = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, NAMES))})(?![a-z])", re.IGNORECASE)

# A robot that is not listed calls itself one and links to a page about itself. Either alone may be a user's program.
ROBOT = re.compile(r"(?:bot|crawler|spider|preview(?:er)?|unfurler)(?![a-z])", re.IGNORECASE)
ABOUT_ITSELF = re.compile(r"\+https?://", re.IGNORECASE)

# The first is in https://wicg.github.io/nav-speculation/prefetch.html; browsers sent the others before it.
PURPOSES = ("sec-purpose", "x-sec-purpose", "purpose", "x-purpose", "x-moz")
AHEAD = ("prefetch", "prerender", "preview")


def is_named(event: BaseProxyEvent) -> bool:
    """Whether a request comes from a client on the list."""
    return bool(NAMED.search(_agent(event)))


def looks_ahead(event: BaseProxyEvent) -> bool:
    """Whether a request declares that no person made it: a robot's, or a browser's before the click."""
    agent = _agent(event)
    if is_named(event) or (ROBOT.search(agent) and ABOUT_ITSELF.search(agent)):
        return True
    purposes = [(event.headers.get(name) or "").lower() for name in PURPOSES]
    return any(word in purpose for purpose in purposes for word in AHEAD)


def _agent(event: BaseProxyEvent) -> str:
    return event.headers.get("user-agent") or ""
