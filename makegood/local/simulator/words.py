"""What the roastery's customers write, by language and mood. All of it is made up for this demo."""

from __future__ import annotations

from enum import StrEnum


class Mood(StrEnum):
    """How somebody writes."""

    GLAD = "glad"
    CROSS = "cross"
    LEAVING = "leaving"
    RIVAL = "rival"
    HAGGLING = "haggling"


SAID: dict[str, dict[Mood, tuple[str, ...]]] = {
    "en": {
        Mood.GLAD: ("The new Ethiopian roast sells out by noon. Lovely work.", "Driver was early and even stacked the crates. Thank you!"),
        Mood.CROSS: (
            "Half of the bags had burst seams, and I have been waiting two days for a call.",
            "Wrong grind again. Our machine was down the whole morning.",
        ),
        Mood.LEAVING: ("If this happens once more we will cancel our contract.", "That was our last order unless somebody calls today."),
        Mood.RIVAL: ("We are talking to another supplier, they deliver on Saturdays.",),
        Mood.HAGGLING: ("For what we order a year we expect a better price.",),
    },
    "de": {
        Mood.GLAD: (
            "Die Hausmischung kommt bei unseren Gästen wunderbar an.",
            "Pünktlich, freundlich, alles vollständig. So soll es sein.",
        ),
        Mood.CROSS: (
            "Die dritte Lieferung in Folge mit Bruch, und niemand ruft zurück.",
            "Seit Montag ohne Filterkaffee im Frühstücksraum, die Gäste beschweren sich.",
        ),
        Mood.LEAVING: ("Wenn sich das nicht ändert, kündigen wir den Rahmenvertrag.", "Das war das letzte Mal, wir verlängern nicht."),
        Mood.RIVAL: ("Ein anderer Anbieter hat uns schon ein Muster geschickt.",),
        Mood.HAGGLING: ("Der Kilopreis ist zu teuer geworden, da muss ein Rabatt her.",),
    },
    "fr": {
        Mood.GLAD: ("Le mélange d'automne est superbe, nos clients en redemandent.", "Livraison impeccable, merci à toute l'équipe."),
        Mood.CROSS: (
            "Le café sentait le brûlé et personne ne répond au téléphone.",
            "Encore une palette incomplète, nous attendons depuis jeudi.",
        ),
        Mood.LEAVING: ("Sans geste de votre part, nous allons résilier le contrat.",),
        Mood.RIVAL: ("Un autre fournisseur nous livre le lendemain, nous allons essayer.",),
        Mood.HAGGLING: ("Votre tarif est devenu trop cher pour notre petite salle.",),
    },
    "es": {
        Mood.GLAD: ("El café llegó fresco y a tiempo, un placer como siempre.",),
        Mood.CROSS: ("El molinillo que nos enviaron no funciona y nadie responde.", "Seguimos esperando el pedido del martes."),
        Mood.LEAVING: ("Si no lo arreglan esta semana, queremos cancelar el contrato.",),
        Mood.RIVAL: ("Hay otro proveedor en Valencia que nos hace mejor oferta.",),
        Mood.HAGGLING: ("Con este volumen necesitamos un descuento.",),
    },
    "it": {
        Mood.GLAD: ("Crema perfetta, i clienti se ne accorgono. Grazie!",),
        Mood.CROSS: ("I sacchi erano aperti e nessuno risponde alle nostre mail.", "Aspettiamo da quattro giorni la miscela per il bar."),
        Mood.LEAVING: ("Se continua così diamo disdetta a fine mese.",),
        Mood.RIVAL: ("Stiamo pensando di passare a un altro fornitore.",),
        Mood.HAGGLING: ("È diventato troppo caro, serve uno sconto.",),
    },
    "nl": {
        Mood.GLAD: ("Heerlijke bonen en een vrolijke chauffeur, wat wil je meer.",),
        Mood.CROSS: ("De bestelling was weer niet compleet en niemand belt terug.", "We wachten al drie dagen op de filterkoffie."),
        Mood.LEAVING: ("Als dit zo blijft, zeggen we het contract op: opzeggen dus.",),
        Mood.RIVAL: ("Een andere leverancier staat hier morgen met proefpakketten.",),
        Mood.HAGGLING: ("Voor deze prijs verwachten we korting.",),
    },
    "pl": {
        Mood.GLAD: ("Kawa świeża, dostawa na czas, goście zachwyceni.",),
        Mood.CROSS: ("Paczka przyszła zalana i nikt nie odpowiada na wiadomości.", "Czekam już tydzień na części do młynka."),
        Mood.LEAVING: ("Jeśli to się powtórzy, rezygnujemy z umowy.",),
        Mood.RIVAL: ("Inny dostawca zaproponował nam lepszą ofertę.",),
        Mood.HAGGLING: ("Jest za drogo, prosimy o rabat.",),
    },
    "pt": {
        Mood.GLAD: ("O lote novo está excelente, parabéns à torrefação.",),
        Mood.CROSS: ("A entrega veio trocada e ninguém responde.", "Estamos à espera há três dias das cápsulas."),
        Mood.LEAVING: ("Assim não dá: vamos rescindir no fim do mês.",),
        Mood.RIVAL: ("Recebemos uma proposta melhor de outro fornecedor.",),
        Mood.HAGGLING: ("Ficou caro demais, precisamos de um desconto.",),
    },
}

SUBJECTS = (
    "Order incomplete",
    "Grinder does not start",
    "Invoice does not match",
    "Wrong roast delivered",
    "Bags arrived damaged",
    "Where is the van?",
)
ANSWERS = (
    "Thank you, the van comes by tomorrow before eight.",
    "We have sent a replacement; it arrives on Thursday.",
    "Credited, with our apologies.",
)
CAUSES = (
    "carrier lost a pallet",
    "batch left the roaster too hot",
    "order was entered twice",
    "nobody owned the ticket",
)
ACTIONS = (
    "sent a replacement by courier",
    "called and apologised, credited the order",
    "visited them with a technician",
    "gave them one contact",
)
OUTCOMES = (
    "they are content and stay",
    "accepted, we call again in a week",
    "back on track, they order as usual",
)
REASONS = (
    "answered in another ticket",
    "test order of a new colleague",
    "customer closed for the season",
)


def said(language: str, mood: Mood, pick: float) -> str:
    """One of the sentences; `pick` lies between 0 and 1."""
    sentences = SAID.get(language, SAID["en"])[mood]
    return sentences[int(pick * len(sentences)) % len(sentences)]
